"""Answers the cases of verifier conformance, one line each, with verify.py: python3 answer.py"""

import hashlib
import hmac
import json
import sys

from verify import encode, from_qr_text, load_bundle, matches, verify, verify_answer, verify_receipt


def reference(key, claims, cf):
    """Computes the claim sub as the issuer does; a desk has no such key."""
    text = '\0'.join(['attesta/sub/1', claims['iss'], str(claims['iat']), cf])
    mac = hmac.new(bytes.fromhex(key['key']), text.encode(), hashlib.sha256).digest()
    return encode(key['id'].to_bytes(2, 'big') + mac[:16])


def answer(v):
    if 'bundle' in v:
        bundle = load_bundle(v['bundle'], v['trusted'], v['now'])
        issuers = [{'name': i['jwks']['issuer'], **{m: i[m] for m in ('address', 'keys_as_of') if m in i},
                    'keys': [k['kid'] for k in i['jwks']['keys']]} for i in bundle['issuers']]
        return {'content': {**bundle, 'issuers': issuers}}
    if 'receipt' in v:
        return {'claims': verify_receipt(v['receipt'], v['jwks'])}
    if 'answer' in v:
        return {'claims': verify_answer(v['answer'], v['asked'], v['jwks'], v['now'])}
    claims = verify(from_qr_text(v['text']) if 'text' in v else v['token'], v['jwks'], v['now'])
    cf = v.get('codice_fiscale')
    if not cf:
        same = True
    elif 'reference_keys' in v:
        same = any(reference(k, claims, cf.strip().upper()) == claims['sub'] for k in v['reference_keys'])
    else:
        same = matches(claims, cf)
    return {'claims': claims} if same else {'code': 'cf_mismatch'}


for line in sys.stdin:
    case = json.loads(line)
    try:
        said = answer(case)
    except ValueError as refusal:
        said = {'code': str(refusal)}
    print(json.dumps({'id': case['id'], **said}), flush=True)
