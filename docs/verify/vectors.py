"""Runs verify.py against the test vectors: python3 vectors.py FOLDER"""

import glob
import hashlib
import hmac
import json
import os
import sys

from verify import encode, from_qr_text, matches, verify


def reference(key, claims, cf):
    """Computes the claim sub as the issuer does; who only checks has no such key."""
    mac = hmac.new(bytes.fromhex(key['key']), '\0'.join(['attesta/sub/1', claims['iss'], str(claims['iat']), cf]).encode(), hashlib.sha256).digest()
    return encode(key['id'].to_bytes(2, 'big') + mac[:16])


def outcome(v, token):
    try:
        claims = verify(token, v['jwks'], v['now'])
    except ValueError as refusal:
        return str(refusal)
    cf = v.get('codice_fiscale', '').strip().upper()
    if not cf:
        return claims
    if 'reference_keys' in v:
        mine = any(reference(k, claims, cf) == claims['sub'] for k in v['reference_keys'])
    else:
        mine = matches(claims, cf)
    return claims if mine else 'cf_mismatch'


def read(v):
    """Returns what is wrong with the text of a case, or None."""
    try:
        return None if 'text' not in v or from_qr_text(v['text']) == v['token'] else 'another token'
    except ValueError as refusal:
        return str(refusal)


cases = [v for f in glob.glob(os.path.join(sys.argv[1], '*.json')) for v in json.load(open(f, encoding='utf-8'))]
wrong, changed = [], 0
for v in cases:
    got = read(v) or outcome(v, v['token'])
    if got != (v['expected'] or v['claims']):
        wrong.append(f"{v['id']}: {got} instead of {v['expected'] or 'accepted'}")
    if v['expected']:
        continue
    for i, c in enumerate(v['token']):  # no token has a second form
        if isinstance(outcome(v, v['token'][:i] + ('B' if c == 'A' else 'A') + v['token'][i + 1:]), dict):
            wrong.append(f"{v['id']}: accepted with another character {i}")
        changed += 1
good = sum(not v['expected'] for v in cases)
if len(cases) < 350 or good < 50:
    wrong.append(f'only {len(cases)} cases, {good} good ones')
print('\n'.join(wrong) or f'Python: {len(cases)} vectors as they should be, {good} of them accepted; {changed} changed tokens refused')
sys.exit(bool(wrong))
