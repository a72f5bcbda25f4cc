/**
 * A datagram as it is on the wire, numbers in network order:
 *
 *     0         1        2                 18               26    27             27 + n
 *     +---------+--------+-----------------+----------------+-----+--------------+------------+-----------+
 *     | version | kind   | boot salt (16)  | counter (8)    | n   | sender (n)   | ciphertext | tag (16)  |
 *     +---------+--------+-----------------+----------------+-----+--------------+------------+-----------+
 *
 * AES-256-GCM (RFC 5116 s5.2). The key is the sender's for as long as it runs: HKDF-SHA256 (RFC 5869) of the secret that
 * all speakers share, with the boot salt as salt and version and sender as info. The nonce is the counter, which never
 * comes twice with one key. Additional data: all before the ciphertext, then the receiver's name, so that a datagram to
 * one speaker is nothing to another, nor to its sender.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { isMemberName, longestName } from './member.ts'

/** MetalLB's own member list, on the same port, begins with none such: 0 to 13, or 244. */
export const protocolVersion = 0xb1

export const saltBytes = 16

/** In the order of their codes. */
const kinds = ['message', 'challenge', 'answer'] as const

export type Kind = (typeof kinds)[number]

/** What can be read without a key. Nothing of it is true before the seal was opened. */
export interface Envelope {
  readonly kind: Kind
  readonly salt: Buffer
  readonly counter: number
  readonly sender: string
  /** As received: views into the datagram. */
  readonly header: Buffer
  readonly sealed: Buffer
}

export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  readonly code: 'version' | 'malformed'

  constructor(code: EnvelopeError['code'], reason: string) {
    super(reason)
    this.code = code
  }
}

const cipher = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const counterAt = 2 + saltBytes
const nameLengthAt = counterAt + 8
const nameAt = nameLengthAt + 1

export function deriveKey(secret: Uint8Array, salt: Uint8Array, sender: string): KeyObject {
  const info = `metallb-ts member list ${protocolVersion} ${sender}`
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, salt, info, keyBytes)))
}

export interface Outgoing {
  readonly kind: Kind
  readonly salt: Uint8Array
  readonly counter: number
  readonly sender: string
  readonly receiver: string
  readonly plaintext: Uint8Array
}

/** Throws RangeError for a name that no node has. */
export function seal(key: KeyObject, outgoing: Outgoing): Buffer {
  const header = encodeHeader(outgoing)
  const encryption = createCipheriv(cipher, key, nonceOf(outgoing.counter), { authTagLength: tagBytes })
  encryption.setAAD(Buffer.concat([header, Buffer.from(outgoing.receiver)]))
  const ciphertext = encryption.update(outgoing.plaintext)
  encryption.final()
  return Buffer.concat([header, ciphertext, encryption.getAuthTag()])
}

/** Undefined: it was not sealed with this key for this receiver, or is not as it was. */
export function unseal(key: KeyObject, { counter, header, sealed }: Envelope, receiver: string): Buffer | undefined {
  const decryption = createDecipheriv(cipher, key, nonceOf(counter), { authTagLength: tagBytes })
  decryption.setAAD(Buffer.concat([header, Buffer.from(receiver)]))
  decryption.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plaintext = decryption.update(sealed.subarray(0, sealed.length - tagBytes))
  try {
    decryption.final()
    return plaintext
  } catch {
    return undefined
  }
}

/** Throws {@link EnvelopeError}. */
export function readEnvelope(datagram: Buffer): Envelope {
  if (datagram.length > 0 && datagram[0] !== protocolVersion) {
    throw new EnvelopeError('version', `version ${datagram[0]} is not ours`)
  }
  if (datagram.length < nameAt + 1 + tagBytes) throw new EnvelopeError('malformed', 'too short')
  const kind = kinds[datagram[1]!]
  if (kind === undefined) throw new EnvelopeError('malformed', `no kind ${datagram[1]}`)
  const headerEnd = nameAt + datagram[nameLengthAt]!
  if (headerEnd === nameAt || headerEnd + tagBytes > datagram.length) throw new EnvelopeError('malformed', 'bad name')
  const sender = datagram.toString('latin1', nameAt, headerEnd)
  if (!isMemberName(sender)) throw new EnvelopeError('malformed', 'bad name')
  const counter = datagram.readUInt32BE(counterAt) * 2 ** 32 + datagram.readUInt32BE(counterAt + 4)
  if (!Number.isSafeInteger(counter) || counter === 0) throw new EnvelopeError('malformed', 'bad counter')
  return {
    ...{ kind, counter, sender, salt: datagram.subarray(2, counterAt) },
    ...{ header: datagram.subarray(0, headerEnd), sealed: datagram.subarray(headerEnd) },
  }
}

function encodeHeader({ kind, salt, counter, sender }: Outgoing): Buffer {
  const name = Buffer.from(sender)
  if (name.length === 0 || name.length > longestName) throw new RangeError(`a name of ${name.length} bytes`)
  const header = Buffer.alloc(nameAt + name.length)
  header[0] = protocolVersion
  header[1] = kinds.indexOf(kind)
  header.set(salt, 2)
  header.writeBigUInt64BE(BigInt(counter), counterAt)
  header[nameLengthAt] = name.length
  header.set(name, nameAt)
  return header
}

function nonceOf(counter: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes)
  nonce.writeBigUInt64BE(BigInt(counter), nonceBytes - 8)
  return nonce
}
