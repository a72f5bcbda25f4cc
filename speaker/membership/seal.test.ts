import { expect } from 'chai'
import { deriveKey, readEnvelope, seal, unseal } from './seal.ts'

/** Made with another library (Python's cryptography). */
const vector = {
  secret: Buffer.from('AAECAwQFBgcICQoLDA0ODw'),
  key: '804088587b2a5cdc7817471c148dbc555468ceff8d6c3f4eea3b5ce5e3ddbf0f',
  header: 'b100' + '000102030405060708090a0b0c0d0e0f' + '0000000000000007' + '02' + '6e31',
  sealed: '2f280cbd9b' + '6da0bb1248920c14bcfbbab4e4cf3360',
}

describe('a sealed datagram', () => {
  const salt = Buffer.from(Array.from({ length: 16 }, (_, index) => index))
  const key = deriveKey(vector.secret, salt, 'n1')
  const outgoing = { kind: 'message', salt, counter: 7, sender: 'n1', receiver: 'n2' } as const
  const datagram = seal(key, { ...outgoing, plaintext: Buffer.from('hello') })

  it('is the same, byte for byte, as another implementation makes it', () => {
    expect(key.export().toString('hex')).to.equal(vector.key)
    expect(datagram.toString('hex')).to.equal(vector.header + vector.sealed)
  })

  it('says without a key who sent it and which one it is', () => {
    const { kind, counter, sender } = readEnvelope(datagram)
    expect({ kind, counter, sender }).to.deep.equal({ kind: 'message', counter: 7, sender: 'n1' })
  })

  it('opens for its receiver alone', () => {
    const envelope = readEnvelope(datagram)
    expect(unseal(key, envelope, 'n2')?.toString()).to.equal('hello')
    expect(unseal(key, envelope, 'n3')).to.equal(undefined)
    expect(unseal(deriveKey(vector.secret, salt, 'n2'), envelope, 'n2')).to.equal(undefined)
  })

  it('has room for the longest name of a node, and for no longer one', () => {
    const longest = 'n'.repeat(253)
    const sealed = seal(key, { ...outgoing, sender: longest, plaintext: new Uint8Array(0) })
    expect(readEnvelope(sealed).sender).to.equal(longest)
    for (const sender of ['', 'n'.repeat(254)]) {
      expect(() => seal(key, { ...outgoing, sender, plaintext: new Uint8Array(0) })).to.throw(RangeError)
    }
  })

  it('counts beyond 32 bits, and not beyond what a number holds exactly', () => {
    const counter = 2 ** 40 + 5
    expect(readEnvelope(seal(key, { ...outgoing, counter, plaintext: salt })).counter).to.equal(counter)
    const beyond = Buffer.from(datagram)
    beyond.fill(0xff, 18, 26)
    expect(() => readEnvelope(beyond)).to.throw('bad counter')
  })
})
