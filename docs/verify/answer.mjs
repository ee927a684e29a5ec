// Answers the cases of verifier conformance, one line each, with verify.mjs or another module: node answer.mjs [./browser.mjs]
import { createHmac } from 'node:crypto'
import { createInterface } from 'node:readline'
import { argon2id } from 'hash-wasm'

const { fromQRText, loadBundle, matches, verify, verifyAnswer, verifyReceipt } = await import(process.argv[2] ?? './verify.mjs')

// reference computes the claim sub as the issuer does; a desk has no such key.
function reference({ id, key }, { iss, iat }, cf) {
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(`attesta/sub/1\0${iss}\0${iat}\0${cf}`).digest()
  return Buffer.concat([Buffer.from([id >> 8, id & 255]), mac.subarray(0, 16)]).toString('base64url')
}

async function answer(v) {
  if (v.bundle !== undefined) {
    const { iat, old, issuers } = await loadBundle(v.bundle, v.trusted, v.now)
    return { content: { iat, old, issuers: issuers.map(({ address, keys_as_of, jwks }) =>
      ({ name: jwks.issuer, address, keys_as_of, keys: jwks.keys.map((k) => k.kid) })) } }
  }
  if (v.receipt !== undefined) return { claims: await verifyReceipt(v.receipt, v.jwks) }
  if (v.answer !== undefined) return { claims: await verifyAnswer(v.answer, v.asked, v.jwks, v.now) }
  const claims = await verify(v.token ?? fromQRText(v.text), v.jwks, v.now)
  const cf = v.codice_fiscale
  const same = !cf || (v.reference_keys ? v.reference_keys.some((k) => reference(k, claims, cf.trim().toUpperCase()) === claims.sub)
    : await matches(claims, cf, argon2id))
  return same ? { claims } : { code: 'cf_mismatch' }
}

for await (const line of createInterface({ input: process.stdin })) {
  const v = JSON.parse(line)
  const said = await answer(v).catch((refusal) => ({ code: refusal.message }))
  console.log(JSON.stringify({ id: v.id, ...said }))
}
