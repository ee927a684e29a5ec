// A check at the first level with the types that openapi-typescript generates: node check.js BASE PAPER CF

import { randomBytes } from 'node:crypto'
import createClient from 'openapi-fetch'
import type { components, paths } from './client.js'

const [base = '', paper = '', cf = ''] = process.argv.slice(2)

function newCheckID(): string {
  return randomBytes(16).toString('base64url')
}

const issuer = createClient<paths>({ baseUrl: base }) // the keys are not below /v1
const keys = await issuer.GET('/.well-known/jwks.json')
if (!keys.data) throw new Error(`keys: ${keys.response.status}`)

const desk = createClient<paths>({ baseUrl: `${base}/v1`, redirect: 'error' })
const question: components['schemas']['FirstLevelRequest'] = { check_id: newCheckID(), qr: paper, codice_fiscale: cf }
const answer = await desk.POST('/first-level-checks', { body: question })
if (!answer.data) throw new Error(`answer: ${answer.error.code}`)
const outcome: 'confirmed' | 'not_confirmed' | 'cannot_tell' = answer.data.outcome
if (outcome !== 'confirmed') throw new Error(`answer: ${outcome}`)

const mistyped = { ...question, check_id: newCheckID(), codice_fiscale: 'RSSMRA' }
const refused = await desk.POST('/first-level-checks', { body: mistyped })
if (refused.error?.code !== 'malformed_cf') throw new Error(`refusal: ${refused.response.status}`)

console.log(JSON.stringify({ check_id: question.check_id, keys: keys.data, answer: answer.data, refusal: refused.error }))
