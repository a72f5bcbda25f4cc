import type { Action } from '../action.ts'
import type { Message } from '../message.ts'
import { decodeMessage, encodeMessage } from '../message-codec.ts'
import { Secrets } from '../secrets.ts'
import { type Received, Sessions } from '../sessions.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'
import type { Process } from './process.ts'
import type { Packet } from './wire.ts'

type Envelope = Extract<Packet, { type: 'message' | 'datagram' }>

/** What one speaker sends and gets: sealed as in the product, or in the clear and only counted as if it were. */
export class Post {
  readonly #cluster: Cluster
  readonly #host: Host
  readonly #process: Process<Packet>
  readonly #sessions: Sessions
  /** What sealing and the network add to a message. */
  readonly #addedBytes: number
  readonly #onMessage: (from: Host, message: Message) => void

  constructor(
    cluster: Cluster,
    host: Host,
    process: Process<Packet>,
    onMessage: (from: Host, message: Message) => void,
  ) {
    this.#cluster = cluster
    this.#host = host
    this.#process = process
    this.#onMessage = onMessage
    const secrets = new Secrets(Buffer.from('everybody knows it'), process.now())
    const random = (bytes: number): Buffer =>
      Buffer.from(Array.from({ length: bytes }, () => cluster.random.below(256)))
    this.#sessions = new Sessions({ name: host.name, secrets, random })
    this.#addedBytes = headerBytes + this.#sessions.seal(host.name, new Uint8Array(), process.now()).length
  }

  send({ to, message, overMillis }: Extract<Action, { type: 'send' }>): void {
    const plaintext = encodeMessage(message)
    const bytes = plaintext.length + this.#addedBytes
    const open: Envelope = { type: 'message', from: this.#host, message }
    const spacing = Math.max(sendMillis, overMillis / to.length)
    for (const [i, name] of to.entries()) {
      this.#cluster.wire.datagram(this.#host, this.#cluster.host(name), {
        ...{ packet: this.#seal(name, plaintext) ?? open, bytes, afterMillis: i * spacing },
      })
    }
    this.#process.spend(to.length * sendMillis)
  }

  receive(packet: Envelope): void {
    if (packet.type === 'message') this.#onMessage(packet.from, packet.message)
    else this.#open(packet, this.#sessions.open(packet.datagram, this.#process.now()))
  }

  #seal(to: string, plaintext: Uint8Array): Envelope | undefined {
    if (this.#cluster.settings.sealed === 0) return undefined
    const datagram = this.#sessions.seal(to, plaintext, this.#process.now())
    return { type: 'datagram', from: this.#host, datagram, isGenuine: true }
  }

  #open({ from, isGenuine }: Extract<Envelope, { type: 'datagram' }>, received: Received): void {
    if (received.type === 'reply') {
      const packet = { type: 'datagram', from: this.#host, datagram: received.datagram, isGenuine: true } as const
      this.#cluster.wire.datagram(this.#host, from, {
        packet,
        bytes: headerBytes + received.datagram.length,
        afterMillis: 0,
      })
    }
    if (received.type !== 'message') return
    if (!isGenuine) this.#cluster.deceptions++
    this.#onMessage(this.#cluster.host(received.from), decodeMessage(received.plaintext))
  }
}

/** To seal and to send one. */
const sendMillis = 0.02
/** Ethernet, IPv4, UDP. */
const headerBytes = 14 + 20 + 8
