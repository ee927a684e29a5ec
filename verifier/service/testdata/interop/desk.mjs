// A checking desk in JavaScript, without a line of Attesta's code: node desk.mjs BASE PAPER CF
//
// It verifies the paper with jose, asks for both levels with fetch and verifies the receipts. BASE/phone is the person's
// phone. The exit code is 1 if anything is not as the contract says.

import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK, calculateJwkThumbprint } from 'jose'

globalThis.crypto ??= webcrypto // Node 18 has it under this name only

const [base, paper, cf] = process.argv.slice(2)

function check(condition, message) {
  if (!condition) throw new Error(message)
}

const set = await (await fetch(`${base}/.well-known/jwks.json`)).json()

async function verified(jws, typ) {
  const { kid } = decodeProtectedHeader(jws)
  for (const jwk of set.keys) {
    if (jwk.use === 'attesta-receipt' && typ !== 'attesta-receipt+jwt') continue
    const id = Buffer.from(await calculateJwkThumbprint(jwk, 'sha256'), 'base64url').subarray(0, 8).toString('base64url')
    if (id !== kid) continue
    const result = await compactVerify(jws, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] })
    check(result.protectedHeader.typ === typ, `typ is ${result.protectedHeader.typ}`)
    return JSON.parse(new TextDecoder().decode(result.payload))
  }
  throw new Error('no such key')
}

async function post(path, body, headers = {}) {
  const answer = await fetch(base + path, {
    method: 'POST', body: JSON.stringify(body), redirect: 'error',
    headers: { 'Content-Type': 'application/json', ...headers },
  })
  return { status: answer.status, type: answer.headers.get('Content-Type'), body: await answer.json() }
}

const newCheckID = () => randomBytes(16).toString('base64url')
const digest = (...parts) => createHash('sha256').update(parts.join('\0')).digest().subarray(0, 16).toString('base64url')

// canonical is the form of RFC 8785, for which JSON.stringify lacks only the order of the members.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`
}

async function receipt(answer, level, id, about, evidence = '') {
  const claims = await verified(answer.receipt, 'attesta-receipt+jwt')
  check(claims.iss === set.issuer && claims.level === level && claims.outcome === answer.outcome && claims.case === 'A/7', 'receipt')
  check(claims.chk === digest('attesta/check/1', id, paper, cf, about, evidence), 'receipt of another question')
  const { receipt: _, ...rest } = answer
  check(claims.ans === digest('attesta/answer/1', id, canonical(rest)), 'receipt of another answer')
  check(!JSON.stringify(claims).includes(cf), 'receipt names the person')
  return claims
}

const claims = await verified(paper, 'attesta+jwt')
check(claims.iss === set.issuer, 'iss')

let id = newCheckID()
const first = await post('/v1/first-level-checks', { check_id: id, qr: paper, codice_fiscale: cf, case_number: 'A/7' })
check(first.status === 200 && first.body.outcome === 'confirmed', `first level: ${JSON.stringify(first)}`)
check(first.body.categories.join() === 'civil_invalid', 'categories')
await receipt(first.body, 1, id, '')

id = newCheckID()
const aids = { check_id: id, qr: paper, codice_fiscale: cf, benefit: 'aids', case_number: 'A/7' }
const open = await post('/v1/first-level-checks', aids)
check(open.body.code === 'needs_evidence' && open.body.needs.join() === 'aid_prescription', `needs: ${JSON.stringify(open)}`)
check(!(await receipt(open.body, 1, id, 'aids')).declared, 'declared')
aids.check_id = id = newCheckID()
const seen = await post('/v1/first-level-checks', { ...aids, evidence: { aid_prescription: 'yes' } })
check(seen.body.outcome === 'confirmed', `evidence: ${JSON.stringify(seen)}`)
check((await receipt(seen.body, 1, id, 'aids', 'aid_prescription=yes')).declared === true, 'declared')
const list = await (await fetch(`${base}/v1/benefits`)).json()
check(list.benefits.find((b) => b.id === 'aids').evidence.includes('aid_prescription'), 'benefits')

const operator = { Authorization: 'Bearer good', 'Idempotency-Key': createHash('sha256').update(paper).digest('hex') }
const refused = await post('/v1/second-level-challenges', {})
check(refused.status === 401 && refused.type === 'application/problem+json' && refused.body.code === 'unauthenticated', 'refusal')
const started = await post('/v1/second-level-challenges', { check_id: newCheckID(), qr: paper, codice_fiscale: cf,
  organisation: 'MUSEO CIVICO', purpose: 'museum', scope: 'detail', case_number: 'A/7' }, operator)
check(started.status === 201, `challenge: ${JSON.stringify(started)}`)
const code = await (await fetch(`${base}/phone`)).text()
id = newCheckID()
const second = await post(`/v1/second-level-challenges/${started.body.id}/answers`,
  { check_id: id, qr: paper, codice_fiscale: cf, code }, operator)
check(second.status === 200 && second.body.details[0].percent === 74, `answer: ${JSON.stringify(second)}`)
check((await receipt(second.body, 2, id, 'detail')).organisation === 'MUSEO CIVICO', 'organisation')
console.log('desk: all as the contract says')
