"""Verifies Attesta tokens (token/FORMAT.md, version 1), bundles of keys and receipts. Every refusal is a ValueError with its cause.

Needs cryptography and argon2-cffi: in Debian python3-cryptography and python3-argon2."""

import base64
import hashlib
import json
import re

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

SHAPE = re.compile(r'[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}')
HEADER = re.compile(rb'\{"alg":"(ES256|EdDSA)","kid":"([A-Za-z0-9_-]{11})","typ":"(attesta|attesta-bundle|attesta-receipt)\+jwt"\}')
CLAIMS = re.compile(rb'\{"iss":"([^"]+)","sub":"[A-Za-z0-9_-]{24}","iat":[1-9][0-9]{0,10},"exp":[1-9][0-9]{0,10}'
                    rb'(,"cfc":"[A-Za-z0-9_-]{21}[AQgw]")?\}')
ISSUER = re.compile(rb'https://[a-z0-9-]+(\.[a-z0-9-]+)*(:(?!443(?![0-9]))[1-9][0-9]{0,4})?(/[A-Za-z0-9_~-]+)*')
HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8  # s of ES256 is at most that
SMALL_ORDER = re.compile('(e[c-f]|f.)(ff){30}7f|0[01](00){31}|26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05|'
                         'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')  # of small order, or not canonical

KID, COORDINATE, TEXT, TIME = '"[A-Za-z0-9_-]{11}"', '"[A-Za-z0-9_-]{43}"', r'"[!#-\[\]-~]+"', '[1-9][0-9]{0,10}'
KEY = (rf'\{{"use":"(sig|attesta-receipt)",("kty":"EC","kid":{KID},"crv":"P-256","alg":"ES256","x":{COORDINATE},"y":{COORDINATE}|'
       rf'"kty":"OKP","kid":{KID},"crv":"Ed25519","alg":"EdDSA","x":{COORDINATE})\}}')
ENTRY = rf'\{{("address":{TEXT},)?("keys_as_of":{TIME},)?"jwks":\{{"issuer":{TEXT},"keys":\[{KEY}(,{KEY})*\]\}}\}}'
BUNDLE = re.compile(rf'\{{"iat":{TIME},"issuers":\[{ENTRY}(,{ENTRY})*\]\}}'.encode())
DIGEST = '"[A-Za-z0-9_-]{21}[AQgw]"'
RECEIPT = re.compile((rf'\{{"ans":{DIGEST},("benefit":"[a-z0-9_.]{{1,60}}",)?("case":"[A-Za-z0-9][A-Za-z0-9 ._/-]{{0,39}}",)?"chk":{DIGEST},'
                      rf'("code":"[a-z_]{{1,32}}",)?("declared":true,)?"iat":{TIME},"iss":{TEXT},"jti":{DIGEST},"level":[12],'
                      r'("organisation":"[^"\\\x00-\x1f]{1,200}",)?"outcome":"(confirmed|not_confirmed|cannot_tell)"\}').encode())
ADDRESS = re.compile(r'(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[1-9][0-9]{0,4})?'
                     r'(/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)*')


def check(good, cause):
    if not good:
        raise ValueError(cause)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def decode(part):  # canonical base64url and nothing else
    check(len(part) % 4 != 1, 'shape')
    data = base64.urlsafe_b64decode(part + '=' * (-len(part) % 4))
    check(encode(data) == part, 'shape')
    return data


def usable(jwk):
    """Returns algorithm, identifier, use and key, or None for a key that must not be used."""
    try:
        alg = {('EC', 'P-256'): 'ES256', ('OKP', 'Ed25519'): 'EdDSA'}[jwk['kty'], jwk['crv']]
        names = ('crv', 'kty', 'x', 'y') if alg == 'ES256' else ('crv', 'kty', 'x')
        point = [decode(jwk[name]) for name in names[2:]]
        use = jwk.get('use', 'sig')
        check(jwk.get('alg', alg) == alg and use in ('sig', 'attesta-receipt') and 'verify' in jwk.get('key_ops', ['verify']), 'use')
        check('d' not in jwk and 'k' not in jwk and all(len(p) == 32 for p in point), 'form')
        if alg == 'ES256':
            x, y = (int.from_bytes(p, 'big') for p in point)
            key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        else:
            check(not SMALL_ORDER.fullmatch(point[0][:31].hex() + f'{point[0][31] & 0x7f:02x}'), 'small order')
            key = ed25519.Ed25519PublicKey.from_public_bytes(point[0])
        thumbprint = hashlib.sha256(json.dumps({n: jwk[n] for n in names}, separators=(',', ':')).encode()).digest()
        return alg, encode(thumbprint[:8]), use, key
    except (KeyError, TypeError, ValueError):
        return None


def signed_by(key, alg, text, signature):
    try:
        if alg == 'EdDSA':
            key.verify(signature, text)
            return True
        r, s = int.from_bytes(signature[:32], 'big'), int.from_bytes(signature[32:], 'big')
        key.verify(encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        return s <= HALF_ORDER
    except InvalidSignature:
        return False


def from_qr_text(scanned):
    """Returns the token in a scanned text, which holds it as digits or as it stands."""
    text = scanned.strip('\r\n\t \x1d\u00a0\u200b\ufeff')
    text = text[text.find('#') + 1:]
    if text.startswith('eyJ'):
        part = text.split('.')[0]
        if re.fullmatch('[A-Za-z0-9_-]+', part) and len(part) % 4 != 1:
            typ = re.search(rb'"typ":"(attesta[a-z0-9+]*\+jwt)"', base64.urlsafe_b64decode(part + '=' * (-len(part) % 4)))
            check(not typ or typ[1] == b'attesta+jwt', 'newer_version')
        return text
    check(re.fullmatch('[1-9][0-9]{0,699}', text), 'not_ours')
    number = int(text)
    data = number.to_bytes((number.bit_length() + 7) // 8, 'big')
    check(len(data) < 64 or data[0] < 0x44, 'newer_version')
    check(len(data) > 9 and 0x40 <= data[0] < 0x44, 'not_ours')
    form, n = data[0], data[9]
    check(1 <= n <= 120 and len(data) == 102 + n + (16 if form & 2 else 0), 'not_ours')
    iss, sub, rest = data[10:10 + n], data[10 + n:28 + n], data[28 + n:]
    iat, exp = (int.from_bytes(rest[i:i + 5], 'big') for i in (0, 5))
    cfc = b',"cfc":"%s"' % encode(rest[10:26]).encode() if form & 2 else b''
    header = b'{"alg":"%s","kid":"%s","typ":"attesta+jwt"}' % (b'EdDSA' if form & 1 else b'ES256', encode(data[1:9]).encode())
    payload = b'{"iss":"https://%s","sub":"%s","iat":%d,"exp":%d%s}' % (iss, encode(sub).encode(), iat, exp, cfc)
    return '.'.join(map(encode, (header, payload, data[-64:])))


def open_jws(text, typ, limit, known):
    """Returns the payload of a JWS and the issuers of those of the known keys that made it."""
    check(len(text.encode('utf-8', 'surrogatepass')) <= limit, 'size')
    check(SHAPE.fullmatch(text), 'shape')
    header, payload, signature = map(decode, text.split('.'))
    match = HEADER.fullmatch(header)
    check(match and match[3] == typ, 'header')
    alg, kid = match[1].decode(), match[2].decode()
    keys = [k for k in known if k[2] == kid and k[3] in ('sig', typ.decode())]  # a key for receipts signs nothing else
    check(keys, 'unknown_key')
    signed = text.rpartition('.')[0].encode()
    issuers = [issuer for issuer, a, _, _, key in keys if a == alg and signed_by(key, alg, signed, signature)]
    check(issuers, 'signature')
    return payload, issuers


def is_name(iss):
    return ISSUER.fullmatch(iss) and len(iss) <= 128


def verify(token, sets, now):
    """token is what from_qr_text returned, sets are the issuers' key sets, now is in seconds. Returns the claims."""
    known = [(s['issuer'], *found) for s in sets for found in map(usable, s['keys']) if found]
    check(known, 'no_keys')  # misconfigured: neither good nor bad
    payload, issuers = open_jws(token, b'attesta', 1024, known)
    match = CLAIMS.fullmatch(payload)
    check(match and is_name(match[1]), 'claims')
    claims = json.loads(payload)  # no escape and no second member: the expressions leave no room
    check(claims['iat'] < claims['exp'], 'claims')
    check(claims['iss'] in issuers, 'issuer')
    check(claims['iat'] <= now + 300, 'not_yet_valid')
    check(now < claims['exp'], 'expired')
    return claims


def load_bundle(text, trusted, now):
    """Verifies a bundle (token/BUNDLE.md) with its maker's key, a JWK that came by another way. The key sets for verify are
    [i['jwks'] for i in bundle['issuers']]; old says that a newer one is due."""
    maker = usable(trusted)
    check(maker, 'no_keys')
    payload, _ = open_jws(text, b'attesta-bundle', 1048576, [(None, *maker)])
    check(BUNDLE.fullmatch(payload), 'claims')
    bundle = json.loads(payload)
    names = [i['jwks']['issuer'] for i in bundle['issuers']]
    keys = [k for i in bundle['issuers'] for k in i['jwks']['keys']]
    check(all(is_name(n.encode()) for n in names), 'claims')
    check(all(ADDRESS.fullmatch(i['address']) for i in bundle['issuers'] if 'address' in i), 'claims')
    for key in keys:
        found = usable(key)
        check(found and found[1] == key['kid'], 'claims')
    check(len(set(names)) == len(names) and len({(k['x'], k.get('y')) for k in keys}) == len(keys), 'claims')
    check(bundle['iat'] <= now + 300, 'from_the_future')
    check(now < bundle['iat'] + 604800, 'too_old')
    return {**bundle, 'old': now >= bundle['iat'] + 86400}


def canonical(value):
    """Returns the form of RFC 8785. json.dumps lacks only the order by UTF-16; no number here is a fraction."""
    if isinstance(value, list):
        return '[' + ','.join(map(canonical, value)) + ']'
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode('utf-16-be'))
        return '{' + ','.join(f'{canonical(name)}:{canonical(value[name])}' for name in names) + '}'
    return json.dumps(value, ensure_ascii=False)


def digest(*parts):
    return encode(hashlib.sha256('\0'.join(parts).encode()).digest()[:16])


def verify_receipt(text, sets):
    """Verifies a receipt by itself (token/RECEIPT.md), as an operator has kept it. Returns its claims."""
    known = [(s['issuer'], *found) for s in sets for found in map(usable, s['keys']) if found]
    payload, issuers = open_jws(text, b'attesta-receipt', 2048, known)
    check(RECEIPT.fullmatch(payload), 'claims')
    try:
        receipt = json.loads(payload.decode())
    except UnicodeDecodeError:
        raise ValueError('claims') from None
    check((receipt['outcome'] == 'confirmed') == ('code' not in receipt), 'claims')
    check(receipt['level'] == 2 or 'organisation' not in receipt, 'claims')
    check('benefit' in receipt or 'declared' not in receipt, 'claims')
    check(receipt['iss'] in issuers, 'issuer')
    return receipt


def verify_answer(body, asked, sets, now):
    """Judges the body of an answer. asked is what was asked: issuer of the document, level, check_id, token, codice_fiscale in upper
    case, about (benefit or scope), and where they are there evidence and case_number; of a problem that answers a code, about is
    '' and there is no case_number. Returns the claims of the receipt; a refusal is always unavailable: cannot tell."""
    try:
        answer = json.loads(body)
        claims = verify_receipt(answer.pop('receipt'), sets)
        declared = ';'.join(sorted(f'{code}={value}' for code, value in asked.get('evidence', {}).items()))
        check((claims['iss'], claims['level'], claims.get('case')) == (asked['issuer'], asked['level'], asked.get('case_number')), '')
        check(claims['chk'] == digest('attesta/check/1', asked['check_id'], asked['token'], asked['codice_fiscale'], asked['about'],
                                      declared), '')
        check(claims['ans'] == digest('attesta/answer/1', asked['check_id'], canonical(answer)), '')
        said = answer if 'outcome' in answer else {
            'outcome': 'not_confirmed', 'code': {'no_match': 'cf_mismatch', 'void': 'void'}.get(answer['code'])}
        check(all(claims.get(name) == said.get(name) for name in ('outcome', 'code', 'benefit')), '')
        check(declared or 'declared' not in claims, '')
        check(abs(now - claims['iat']) <= 300, '')
        return claims
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError('unavailable') from None


def matches(claims, typed):
    """Compares the codice fiscale that a person gives with the offline profile's commitment; without one only the issuer can."""
    check('cfc' in claims, 'no_commitment')
    text = '\0'.join(['attesta/cfc/1', claims['iss'], claims['sub'], str(claims['iat'])])
    return claims['cfc'] == encode(hash_secret_raw(
        typed.strip().upper().encode(), hashlib.sha256(text.encode()).digest()[:16], time_cost=3, memory_cost=65536, parallelism=1,
        hash_len=16, type=Type.ID, version=0x13))
