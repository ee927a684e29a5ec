// A wallet made of packages that are not ours. INPUT: the link of a question, and an issuer's key, chain and list.
// Usage: node peer.mjs, or node peer.mjs FILE to verify the vectors of that file.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import assert from 'node:assert/strict'
import { createAuthorizationResponse, fetchAuthorizationRequest, fetchAuthorizationResponse, parseAuthorizeRequest } from
  '@pagopa/io-wallet-oid4vp'
import { IoWalletSdkConfig, ItWalletSpecsVersion } from '@pagopa/io-wallet-utils'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { DcqlQuery } from 'dcql'
import * as jose from 'jose'

const hasher = (data, alg) => createHash(alg.replace('-', '')).update(data).digest()
const signer = async key => {
  const k = await crypto.subtle.importKey('jwk', key, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
  return async data => Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, k,
    Buffer.from(data))).toString('base64url')
}
const verifier = async key => async (data, signature) => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' },
  key, Buffer.from(signature, 'base64url'), Buffer.from(data))
const leafOf = x5c => jose.importX509(`-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`, 'ES256')

async function answer ({ link, key, x5c, vct, list, picture }) {
  // the card
  const holder = await jose.generateKeyPair('ES256', { extractable: true })
  const now = Math.floor(Date.now() / 1000)
  const issuer = new SDJwtVcInstance({
    signer: await signer(key), signAlg: 'ES256', hasher, hashAlg: 'sha-256', saltGenerator: () => randomBytes(16).toString('base64url'),
    kbSigner: await signer(await jose.exportJWK(holder.privateKey)), kbSignAlg: 'ES256'
  })
  const claims = { constant_attendance_allowance: true, picture, given_name: 'Ada', family_name: 'Rossi' }
  const card = await issuer.issue({
    iss: 'https://issuer.example', vct, nbf: now - 60, exp: now + 86400 * 300, iat: now - 60,
    cnf: { jwk: await jose.exportJWK(holder.publicKey) }, status: { status_list: { idx: 5, uri: list } }, ...claims
  }, { _sd: Object.keys(claims), _sd_decoy: 2 }, { header: { x5c } })

  // the request
  const { requestObjectJwt, parsedQrCode } = await fetchAuthorizationRequest({
    authorizeRequestUrl: link, callbacks: { fetch }, walletNonce: 'n-1',
    walletMetadata: { response_modes_supported: ['direct_post.jwt'], response_types_supported: ['vp_token'] }
  })
  const { header, payload } = await parseAuthorizeRequest({
    config: new IoWalletSdkConfig({ itWalletSpecsVersion: ItWalletSpecsVersion.V1_3 }),
    requestObjectJwt,
    callbacks: {
      verifyJwt: async (_signer, { compact }) => {
        await jose.compactVerify(compact, await leafOf(jose.decodeProtectedHeader(compact).x5c))
        return { verified: true, signerJwk: {} }
      }
    }
  })
  const hash = createHash('sha256').update(Buffer.from(header.x5c[0], 'base64')).digest('base64url')
  assert.equal(payload.client_id, `x509_hash:${hash}`)
  assert.equal(payload.client_id, parsedQrCode.clientId)
  assert.equal(payload.wallet_nonce, 'n-1')

  // the query
  const query = DcqlQuery.parse(payload.dcql_query)
  DcqlQuery.validate(query)
  const credential = claims => ({ credential_format: 'dc+sd-jwt', vct, claims, cryptographic_holder_binding: true })
  const result = DcqlQuery.query(query, [credential(claims)])
  assert.ok(result.can_be_satisfied)
  const refused = DcqlQuery.query(query, [credential({ ...claims, constant_attendance_allowance: false })])
  assert.ok(!refused.can_be_satisfied, 'a card without the allowance has nothing to disclose')
  const asked = Object.keys(result.credential_matches.card.valid_credentials[0].claims.valid_claim_sets[0].output)
  assert.deepEqual(asked.sort(), ['constant_attendance_allowance', 'picture'])

  // the answer
  const presentation = await issuer.present(card, Object.fromEntries(asked.map(name => [name, true])),
    { kb: { payload: { aud: payload.client_id, nonce: payload.nonce, iat: now } } })
  const { jarm } = await createAuthorizationResponse({
    requestObject: payload,
    rpJwks: { jwks: payload.client_metadata.jwks },
    vp_token: { [query.credentials[0].id]: [presentation] },
    callbacks: {
      generateRandom: n => randomBytes(n),
      encryptJwe: async ({ publicJwk, alg, enc, apu, apv }, plaintext) => ({
        encryptionJwk: publicJwk,
        jwe: await new jose.CompactEncrypt(Buffer.from(plaintext))
          .setProtectedHeader({ alg, enc, kid: publicJwk.kid, apu, apv })
          .encrypt(await jose.importJWK(publicJwk, alg))
      })
    }
  })
  console.log(await fetchAuthorizationResponse({
    authorizationResponseJarm: jarm.responseJwe, callbacks: { fetch }, presentationResponseUri: payload.response_uri
  }))
}

// verify verifies the good vectors, and says which bad ones the package accepts too.
async function verify (file) {
  const all = JSON.parse(readFileSync(file, 'utf8'))
  const accepted = []
  for (const { id, presentation, expected, lists } of all.cases) {
    try {
      const { x5c } = jose.decodeProtectedHeader(presentation.split('~')[0])
      const instance = new SDJwtVcInstance({
        hasher, hashAlg: 'sha-256', verifier: await verifier(await leafOf(x5c)),
        kbVerifier: async (data, signature, { cnf }) => (await verifier(await jose.importJWK(cnf.jwk, 'ES256')))(data, signature),
        statusVerifier: async () => true,
        statusListFetcher: async uri => (lists ?? all.lists)[uri]
      })
      await instance.verify(presentation, { currentDate: all.now, keyBindingNonce: all.nonce, skewSeconds: 300 })
      accepted.push(id)
    } catch (error) {
      assert.notEqual(expected, 'not_compared', `${id}: ${error}`)
    }
  }
  const bad = all.cases.filter(c => c.expected !== 'not_compared')
  console.log(`@sd-jwt/sd-jwt-vc accepts all ${all.cases.length - bad.length} good presentations and ` +
    `${bad.filter(c => accepted.includes(c.id)).length} of ${bad.length} bad ones`)
}

if (process.argv[2]) await verify(process.argv[2])
else await answer(JSON.parse(process.env.INPUT))
