// Runs verify.mjs, or browser.mjs, against the test vectors: node vectors.mjs FOLDER [browser.mjs]
import { createHmac } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { argon2id } from 'hash-wasm'

const [folder, file = 'verify.mjs'] = process.argv.slice(2)
const { fromQRText, matches, verify } = await import(`./${file}`)

// reference computes the claim sub as the issuer does; who only checks has no such key.
function reference({ id, key }, { iss, iat }, cf) {
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(`attesta/sub/1\0${iss}\0${iat}\0${cf}`).digest()
  return Buffer.concat([Buffer.from([id >> 8, id & 255]), mac.subarray(0, 16)]).toString('base64url')
}

async function outcome(v) {
  try {
    if (v.text !== undefined && fromQRText(v.text) !== v.token) return 'another token'
    const claims = await verify(v.token, v.jwks, v.now)
    const cf = v.codice_fiscale?.trim().toUpperCase()
    const mine = !cf || (v.reference_keys ? v.reference_keys.some((k) => reference(k, claims, cf) === claims.sub) : await matches(claims, cf, argon2id))
    return mine ? JSON.stringify(claims) : 'cf_mismatch'
  } catch (e) {
    return e.message
  }
}

const cases = readdirSync(folder).filter((f) => f.endsWith('.json')).flatMap((f) => JSON.parse(readFileSync(join(folder, f), 'utf8')))
const wrong = []
let changed = 0
for (const v of cases) {
  const got = await outcome(v)
  if (got !== (v.expected || JSON.stringify(v.claims))) wrong.push(`${v.id}: ${got} instead of ${v.expected || 'accepted'}`)
  if (v.expected) continue
  for (let i = 0; i < v.token.length; i++) { // no token has a second form
    const other = v.token[i] === 'A' ? 'B' : 'A'
    const bad = await outcome({ ...v, text: undefined, token: v.token.slice(0, i) + other + v.token.slice(i + 1) })
    if (bad.startsWith('{')) wrong.push(`${v.id}: accepted with another character ${i}`)
    changed++
  }
}
const good = cases.filter((v) => !v.expected).length
if (cases.length < 350 || good < 50) wrong.push(`only ${cases.length} cases, ${good} good ones`)
console.log(wrong.join('\n') || `${file}: ${cases.length} vectors as they should be, ${good} of them accepted; ${changed} changed tokens refused`)
process.exitCode = wrong.length ? 1 : 0
