// Verifies Attesta tokens with the npm package jose:
//
//   node verify.mjs VECTORS [FRESH]
//
// VECTORS is the folder of the test vectors; only the good ones are used. FRESH contains newly issued tokens: a JSON
// file [{"token": ..., "jwks": {...}}, ...], or a folder with QR texts in *.txt and their key set in jwks.json. The exit
// code is 1 if a token fails or there are too few.

import { createHmac, webcrypto } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { base64url, calculateJwkThumbprint, compactVerify, importJWK } from 'jose'

globalThis.crypto ??= webcrypto // Node 18 has it under this name only

const leastGood = 20
const text = new TextDecoder('utf-8', { fatal: true })
const readJSON = (path) => JSON.parse(readFileSync(path, 'utf8'))

function check(condition, message) {
  if (!condition) throw new Error(message)
}

const algorithms = { 'EC P-256': 'ES256', 'OKP Ed25519': 'EdDSA' }
const algorithm = (jwk) => algorithms[`${jwk.kty} ${jwk.crv}`]

async function keyID(jwk) {
  return base64url.encode(base64url.decode(await calculateJwkThumbprint(jwk, 'sha256')).slice(0, 8))
}

// verified returns the claims, or throws on every failure.
async function verified(token, sets, now) {
  const { kid } = JSON.parse(text.decode(base64url.decode(token.split('.')[0])))
  const issuers = []
  let result
  for (const set of sets) {
    for (const jwk of set.keys) {
      if (!algorithm(jwk) || (await keyID(jwk)) !== kid) continue
      result = await compactVerify(token, await importJWK(jwk, algorithm(jwk)), { algorithms: [algorithm(jwk)] })
      check(result.protectedHeader.alg === algorithm(jwk), 'alg is not that of the key')
      issuers.push(set.issuer)
    }
  }
  check(result, 'no key with the identifier of the token')
  check(result.protectedHeader.typ === 'attesta+jwt', 'typ')
  const header = text.decode(base64url.decode(token.split('.')[0]))
  check(header === JSON.stringify(result.protectedHeader), 'header is not canonical')
  const payload = text.decode(result.payload)
  const claims = JSON.parse(payload)
  check(payload === JSON.stringify(claims), 'payload is not canonical')
  check(issuers.includes(claims.iss), 'iss is not an issuer of the key')
  check(claims.iat <= now + 300 && now < claims.exp, 'not in time')
  return claims
}

// fromQRText returns the token in a scanned text of this version, which holds it as digits or as it is.
function fromQRText(scanned) {
  const text = scanned.replace(/^[\r\n\t \x1d\u00a0\u200b\ufeff]+|[\r\n\t \x1d\u00a0\u200b\ufeff]+$/g, '').replace(/^[^#]*#/, '')
  if (text.startsWith('eyJ')) return text
  check(/^[1-9][0-9]{0,699}$/.test(text), 'not a number')
  const bytes = Buffer.from(BigInt(text).toString(16), 'hex') // the first byte is 0x40 or more: no half byte is lost
  const take = (at, size) => bytes.subarray(at, at + size)
  const [form, n] = [bytes[0], bytes[9]]
  const [eddsa, offline, end] = [form & 1, form & 2, 10 + n]
  check(form >> 2 === 0x10 && bytes.length === end + 92 + (offline ? 16 : 0), 'not a packed token')
  const header = { alg: eddsa ? 'EdDSA' : 'ES256', kid: base64url.encode(take(1, 8)), typ: 'attesta+jwt' }
  const claims = {
    iss: 'https://' + take(10, n).toString('latin1'),
    sub: base64url.encode(take(end, 18)),
    iat: bytes.readUIntBE(end + 18, 5),
    exp: bytes.readUIntBE(end + 23, 5),
    ...(offline && { cfc: base64url.encode(take(end + 28, 16)) }),
  }
  return [JSON.stringify(header), JSON.stringify(claims), bytes.subarray(-64)].map((part) => base64url.encode(part)).join('.')
}

// reference computes the claim sub as the issuer does.
function reference({ id, key }, { iss, iat }, cf) {
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(`attesta/sub/1\0${iss}\0${iat}\0${cf}`).digest()
  return Buffer.concat([Buffer.from([id >> 8, id & 255]), mac.subarray(0, 16)]).toString('base64url')
}

async function checkVector(v) {
  if (v.text) check(fromQRText(v.text) === v.token, 'token in the text differs')
  const claims = await verified(v.token, v.jwks, v.now)
  check(JSON.stringify(claims) === JSON.stringify(v.claims), 'claims differ')
  if (v.reference_keys) {
    const cf = v.codice_fiscale.trim().toUpperCase()
    check(v.reference_keys.some((k) => reference(k, claims, cf) === claims.sub), 'reference differs')
  }
}

async function checkFresh({ token, jwks }) {
  await verified(token, [jwks], Math.floor(Date.now() / 1000))
}

function readFresh(path) {
  if (statSync(path).isFile()) return readJSON(path)
  const jwks = readJSON(join(path, 'jwks.json'))
  const files = readdirSync(path).filter((name) => name.endsWith('.txt'))
  return files.map((name) => ({ token: fromQRText(readFileSync(join(path, name), 'utf8')), jwks }))
}

async function run(title, cases, least, one) {
  let failed = 0
  for (const [i, c] of cases.entries()) {
    try {
      await one(c)
    } catch (error) {
      failed++
      console.error(`${title} ${c.id ?? i}: ${error.message}`)
    }
  }
  console.log(`${title}: ${cases.length - failed} passed, ${failed} failed`)
  if (cases.length < least) console.error(`${title}: ${cases.length} found, at least ${least} expected`)
  return failed === 0 && cases.length >= least
}

const [vectors, fresh] = process.argv.slice(2)
if (!vectors) {
  console.error('usage: node verify.mjs VECTORS [FRESH]')
  process.exit(2)
}
const files = readdirSync(vectors).filter((name) => name.endsWith('.json'))
const good = files.flatMap((name) => readJSON(join(vectors, name))).filter((v) => v.token && v.expected === '')
let ok = await run('vectors', good, leastGood, checkVector)
if (fresh) ok = (await run('fresh', readFresh(fresh), 1, checkFresh)) && ok
process.exit(ok ? 0 : 1)
