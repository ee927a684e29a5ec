// Checks the file of an access record with nothing of Attesta: node proof.mjs VERIFIER-KEY <proof.json
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import assert from 'node:assert'

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const proof = JSON.parse(readFileSync(0, 'utf8'))

// The checkpoint is a signed note: text, an empty line, then lines of "— NAME BASE64", of which the first four bytes name the key.
const [name, keyHash, ...rest] = process.argv[2].split('+')
const key = Buffer.from(rest.join('+'), 'base64')
const end = proof.checkpoint.lastIndexOf('\n\n')
const text = proof.checkpoint.slice(0, end + 1)
const line = proof.checkpoint.slice(end + 2).split('\n').find(l => l.startsWith(`— ${name} `))
const signature = Buffer.from(line.split(' ')[2], 'base64')
assert.equal(signature.subarray(0, 4).toString('hex'), keyHash)
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)])
assert(verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature.subarray(4)), 'signature')
const [origin, size, root] = text.split('\n')
assert.equal(origin, name)

// RFC 9162, section 2.1.3.2.
const digest = sha256(Buffer.from(proof.salt, 'base64'), Buffer.from(JSON.stringify(proof.record)))
let hash = sha256(Buffer.of(0), Buffer.from(proof.record.at.slice(0, 10)), digest)
let fn = BigInt(proof.number), sn = BigInt(size) - 1n
assert(fn <= sn)
for (const p of proof.hashes.map(h => Buffer.from(h, 'base64'))) {
  assert(sn > 0n)
  if (fn & 1n || fn === sn) {
    hash = sha256(Buffer.of(1), p, hash)
    while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n }
  } else {
    hash = sha256(Buffer.of(1), hash, p)
  }
  fn >>= 1n
  sn >>= 1n
}
assert.equal(sn, 0n)
assert.equal(hash.toString('base64'), root)
console.log(`proof: ${proof.record.organisation}, ${proof.record.at}`)
