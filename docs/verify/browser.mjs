// Verifies Attesta tokens (token/FORMAT.md, version 1), bundles of keys and receipts in a browser, with WebCrypto alone: Chrome 137,
// Firefox 129, Safari 17 or later for keys on Ed25519. Every refusal is an Error with its cause.

const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/
const HEADER = /^\{"alg":"(ES256|EdDSA)","kid":"([A-Za-z0-9_-]{11})","typ":"(attesta|attesta-bundle|attesta-receipt)\+jwt"\}$/
const CLAIMS = new RegExp('^\\{"iss":"([^"]+)","sub":"[A-Za-z0-9_-]{24}","iat":([1-9][0-9]{0,10}),"exp":([1-9][0-9]{0,10})' +
  '(,"cfc":"[A-Za-z0-9_-]{21}[AQgw]")?\\}$')
const ISSUER = /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*(:(?!443(?!\d))[1-9][0-9]{0,4})?(\/[A-Za-z0-9_~-]+)*$/
const HALF_ORDER = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8' // s of ES256 is at most that
const SMALL_ORDER = new RegExp('^((e[c-f]|f.)(ff){30}7f|0[01](00){31}|26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05|' +
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a)$') // Ed25519 keys of small order, or not canonical
const [KID, COORDINATE, TEXT, TIME] = ['"[A-Za-z0-9_-]{11}"', '"[A-Za-z0-9_-]{43}"', '"[!#-\\[\\]-~]+"', '[1-9][0-9]{0,10}']
const DIGEST = '"[A-Za-z0-9_-]{21}[AQgw]"'
const KEY = `\\{"use":"(sig|attesta-receipt)",("kty":"EC","kid":${KID},"crv":"P-256","alg":"ES256","x":${COORDINATE},"y":${COORDINATE}|` +
  `"kty":"OKP","kid":${KID},"crv":"Ed25519","alg":"EdDSA","x":${COORDINATE})\\}`
const ENTRY = `\\{("address":${TEXT},)?("keys_as_of":${TIME},)?"jwks":\\{"issuer":${TEXT},"keys":\\[${KEY}(,${KEY})*\\]\\}\\}`
const BUNDLE = new RegExp(`^\\{"iat":${TIME},"issuers":\\[${ENTRY}(,${ENTRY})*\\]\\}$`)
const RECEIPT = new RegExp(`^\\{"ans":${DIGEST},("benefit":"[a-z0-9_.]{1,60}",)?("case":"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}",)?"chk":${DIGEST},` +
  `("code":"[a-z_]{1,32}",)?("declared":true,)?"iat":${TIME},"iss":${TEXT},"jti":${DIGEST},"level":[12],` +
  '("organisation":"[^"\\\\\\x00-\\x1f]{1,200}",)?"outcome":"(confirmed|not_confirmed|cannot_tell)"\\}$')
const ADDRESS = new RegExp('^(https://[A-Za-z0-9.-]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\]))(:[1-9][0-9]{0,4})?' +
  '(/([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*)*$')
const AROUND = '[\\r\\n\\t \\x1d\\u00a0\\u200b\\ufeff]+'
const ALGORITHMS = {
  ES256: [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }],
  EdDSA: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
}

function check(good, cause) { if (!good) throw new Error(cause) }

// A text of bytes, as atob and btoa have it, has one character for each byte.
const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const textOf = (bytes) => String.fromCharCode(...bytes)
const hexOf = (text) => Array.from(text, (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')
const encode = (text) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const sha256 = async (text) => textOf(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))

function decode(part) { // canonical base64url and nothing else
  check(/^[A-Za-z0-9_-]+$/.test(part) && part.length % 4 !== 1, 'shape')
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  check(encode(text) === part, 'shape')
  return text
}

// Returns the token in a scanned text, which holds it as digits or as it stands.
export function fromQRText(scanned) {
  const text = scanned.replace(new RegExp(`^${AROUND}|${AROUND}$`, 'g'), '').replace(/^[^#]*#/, '')
  if (text.startsWith('eyJ')) {
    const part = text.split('.')[0]
    const header = /^[A-Za-z0-9_-]+$/.test(part) && part.length % 4 !== 1 ? atob(part.replaceAll('-', '+').replaceAll('_', '/')) : ''
    const typ = /"typ":"(attesta[a-z0-9+]*\+jwt)"/.exec(header)
    check(!typ || typ[1] === 'attesta+jwt', 'newer_version')
    return text
  }
  check(/^[1-9][0-9]{0,699}$/.test(text), 'not_ours')
  const hex = BigInt(text).toString(16)
  const bytes = Uint8Array.from((hex.length % 2 ? '0' + hex : hex).match(/../g), (b) => parseInt(b, 16))
  check(bytes.length < 64 || bytes[0] < 0x44, 'newer_version')
  const [form, n] = [bytes[0], bytes[9]]
  check(form >= 0x40 && form < 0x44 && n >= 1 && n <= 120 && bytes.length === 102 + n + (form & 2 ? 16 : 0), 'not_ours')
  let at = 1
  const take = (size) => textOf(bytes.subarray(at, at += size))
  const number = (b) => bytesOf(b).reduce((sum, byte) => sum * 256 + byte, 0)
  const [kid, iss, sub, iat, exp] = [encode(take(8)), take(1 + n).slice(1), encode(take(18)), number(take(5)), number(take(5))]
  const cfc = form & 2 ? `,"cfc":"${encode(take(16))}"` : ''
  const header = `{"alg":"${form & 1 ? 'EdDSA' : 'ES256'}","kid":"${kid}","typ":"attesta+jwt"}`
  return [header, `{"iss":"https://${iss}","sub":"${sub}","iat":${iat},"exp":${exp}${cfc}}`, take(64)].map(encode).join('.')
}

async function usable(jwk) { // the key with its identifier, or nothing
  try {
    const { kty, crv, x, y } = jwk
    const alg = { 'EC P-256': 'ES256', 'OKP Ed25519': 'EdDSA' }[`${kty} ${crv}`]
    const point = (alg === 'ES256' ? [x, y] : [x]).map(decode)
    const use = jwk.use ?? 'sig'
    check(alg && (jwk.alg ?? alg) === alg && ['sig', 'attesta-receipt'].includes(use) && (jwk.key_ops ?? ['verify']).includes('verify'))
    check(!('d' in jwk || 'k' in jwk) && point.every((p) => p.length === 32))
    const unsigned = point[0].slice(0, 31) + String.fromCharCode(point[0].charCodeAt(31) & 0x7f)
    check(alg === 'ES256' || !SMALL_ORDER.test(hexOf(unsigned)))
    const members = alg === 'ES256' ? { crv, kty, x, y } : { crv, kty, x }
    const key = await crypto.subtle.importKey('jwk', members, ALGORITHMS[alg][0], false, ['verify'])
    return { alg, key, use, kid: encode((await sha256(JSON.stringify(members))).slice(0, 8)) }
  } catch {}
}

// Resolves to the payload of a JWS with those of the known keys that made it.
async function open(text, typ, limit, known) {
  check(new TextEncoder().encode(text).length <= limit, 'size')
  check(SHAPE.test(text), 'shape')
  const [header, payload, signature] = text.split('.').map(decode)
  const [, alg, kid, named] = HEADER.exec(header) ?? check(false, 'header')
  check(named === typ, 'header')
  const keys = known.filter((k) => k.kid === kid && (k.use === 'sig' || typ === k.use)) // a key for receipts signs nothing else
  check(keys.length > 0, 'unknown_key')
  const signed = bytesOf(text.slice(0, text.lastIndexOf('.')))
  const low = alg === 'EdDSA' || hexOf(signature.slice(32)) <= HALF_ORDER
  const signers = []
  for (const k of keys) {
    if (k.alg === alg && low && await crypto.subtle.verify(ALGORITHMS[alg][1], k.key, bytesOf(signature), signed)) signers.push(k)
  }
  check(signers.length > 0, 'signature')
  return { payload, signers }
}

const isName = (iss) => ISSUER.test(iss) && iss.length <= 128

// token is what fromQRText returned, sets are the issuers' key sets, now is in seconds. Resolves to the claims.
export async function verify(token, sets, now) {
  const all = sets.flatMap((s) => s.keys.map(async (k) => ({ issuer: s.issuer, ...await usable(k) })))
  const known = (await Promise.all(all)).filter((k) => k.key)
  check(known.length > 0, 'no_keys') // misconfigured: neither good nor bad
  const { payload, signers } = await open(token, 'attesta', 1024, known)
  const [text, iss, iat, exp] = CLAIMS.exec(payload) ?? check(false, 'claims')
  check(isName(iss) && +iat < +exp, 'claims')
  check(signers.some((k) => k.issuer === iss), 'issuer')
  check(+iat <= now + 300, 'not_yet_valid')
  check(now < +exp, 'expired')
  return JSON.parse(text)
}

// Verifies a bundle (token/BUNDLE.md) with its maker's key, a JWK that came by another way. The key sets for verify are
// issuers.map((i) => i.jwks); old says that a newer one is due.
export async function loadBundle(text, trusted, now) {
  const maker = await usable(trusted)
  check(maker, 'no_keys')
  const { payload } = await open(text, 'attesta-bundle', 1048576, [maker])
  check(BUNDLE.test(payload), 'claims')
  const { iat, issuers } = JSON.parse(payload)
  const names = issuers.map((i) => i.jwks.issuer)
  const keys = issuers.flatMap((i) => i.jwks.keys)
  check(names.every(isName) && issuers.every((i) => i.address === undefined || ADDRESS.test(i.address)), 'claims')
  for (const k of keys) check((await usable(k))?.kid === k.kid, 'claims')
  check(new Set(names).size === names.length && new Set(keys.map((k) => k.x + k.y)).size === keys.length, 'claims')
  check(iat <= now + 300, 'from_the_future')
  check(now < iat + 604800, 'too_old')
  return { iat, old: now >= iat + 86400, issuers }
}

// The form of RFC 8785. JSON.stringify lacks only the order of the members.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`
}

const digest = async (...parts) => encode((await sha256(parts.join('\0'))).slice(0, 16))

// Verifies a receipt by itself (token/RECEIPT.md), as an operator has kept it. Returns its claims.
export async function verifyReceipt(text, sets) {
  const all = sets.flatMap((s) => s.keys.map(async (k) => ({ issuer: s.issuer, ...await usable(k) })))
  const { payload, signers } = await open(text, 'attesta-receipt', 2048, (await Promise.all(all)).filter((k) => k.key))
  check(RECEIPT.test(payload), 'claims')
  const utf8 = new TextDecoder().decode(bytesOf(payload))
  check(textOf(new TextEncoder().encode(utf8)) === payload, 'claims') // it was UTF-8
  const claims = JSON.parse(utf8)
  check((claims.outcome === 'confirmed') === !claims.code && (claims.level === 2 || !claims.organisation), 'claims')
  check(claims.benefit || !claims.declared, 'claims')
  check(signers.some((k) => k.issuer === claims.iss), 'issuer')
  return claims
}

// Judges the body of an answer. asked is what was asked: issuer of the document, level, check_id, token, codice_fiscale in upper
// case, about (benefit or scope), and where they are there evidence and case_number; of a problem that answers a code, about is ''
// and there is no case_number. Returns the claims of the receipt; a refusal is always unavailable: cannot tell.
export async function verifyAnswer(body, asked, sets, now) {
  try {
    const { receipt, ...answer } = JSON.parse(body)
    const claims = await verifyReceipt(receipt, sets)
    const { issuer, level, check_id: id, token, codice_fiscale: cf, about, evidence = {}, case_number: number } = asked
    const declared = Object.entries(evidence).map((e) => e.join('=')).sort().join(';')
    check(claims.iss === issuer && claims.level === level && claims.case === number && Math.abs(now - claims.iat) <= 300)
    check(claims.chk === await digest('attesta/check/1', id, token, cf, about, declared))
    check(claims.ans === await digest('attesta/answer/1', id, canonical(answer)))
    const problems = { no_match: 'cf_mismatch', void: 'void' }
    const said = answer.outcome ? answer : { outcome: 'not_confirmed', code: problems[answer.code] }
    check(claims.outcome === said.outcome && claims.code === said.code && claims.benefit === said.benefit)
    check(declared || !claims.declared)
    return claims
  } catch {
    throw new Error('unavailable')
  }
}

// Compares the codice fiscale that a person gives with the offline profile's commitment; without one only the issuer can. WebCrypto
// has no Argon2id: argon2id takes { password, salt, iterations, memorySize, parallelism, hashLength, outputType } as hash-wasm does.
export async function matches(claims, typed, argon2id) {
  check(claims.cfc, 'no_commitment')
  const salt = bytesOf(await sha256(['attesta/cfc/1', claims.iss, claims.sub, claims.iat].join('\0'))).subarray(0, 16)
  const hash = await argon2id({ password: typed.trim().toUpperCase(), salt, iterations: 3, memorySize: 65536, parallelism: 1,
    hashLength: 16, outputType: 'binary' })
  return encode(textOf(hash)) === claims.cfc
}
