import { type KeyObject, randomBytes } from 'node:crypto'
import { Boot } from './boot.ts'
import { ReplayWindow } from './replay-window.ts'
import { deriveKey, type Envelope, EnvelopeError, readEnvelope, saltBytes, unseal } from './seal.ts'
import type { Secret, Secrets } from './secrets.ts'
import { TokenBucket } from './token-bucket.ts'

export interface SessionsOptions {
  /** This node's. */
  readonly name: string
  readonly secrets: Secrets
  /** Default: that of node:crypto. */
  readonly random?: (bytes: number) => Buffer
}

/**
 * `version`: another protocol, such as MetalLB's own. `foreign`: no secret of ours opens it. `forged`: it claims a
 * session that we know, and is not of it. `replayed`: it came before. `unasked`: an answer to no challenge of ours.
 * `limited`: too many that had to be refused or challenged. `unknown`: genuine, and no message that we know.
 */
export const refusals = [
  'malformed',
  'version',
  'foreign',
  'forged',
  'replayed',
  'unasked',
  'limited',
  'unknown',
] as const

export type Refusal = (typeof refusals)[number]

/** What a datagram was. */
export type Received =
  | { readonly type: 'message'; readonly from: string; readonly plaintext: Uint8Array }
  /** To be sent to where the datagram came from. */
  | { readonly type: 'reply'; readonly datagram: Buffer }
  /** It has been seen to. */
  | { readonly type: 'nothing' }
  | { readonly type: 'refused'; readonly reason: Refusal }

/** The receiver's side: what one sender seals with since its start. */
interface Session {
  readonly salt: Buffer
  readonly key: KeyObject
  readonly secret: Secret
  readonly window: ReplayWindow
}

/** A boot salt that is not believed yet. */
interface Pending {
  readonly salt: Buffer
  readonly key: KeyObject
  readonly secret: Secret
  readonly nonce: Buffer
  /** The first message. */
  readonly kept: { readonly counter: number; readonly plaintext: Buffer }
  readonly sinceMillis: number
  challengedMillis: number
}

const nonceBytes = 16

export const limits = {
  /** What was kept longer is old news. */
  keepMillis: 1000,
  /** The answer may be lost. */
  challengeAgainMillis: 20,
  /** Of one sender: more have been replayed. */
  pendingSalts: 4,
  /** Without a secret anybody can make up senders; who is dropped is challenged anew. */
  senders: 16_384,
  /** Deriving keys for boots that are not known: a thousand speakers may start at once. */
  unknown: { perSecond: 5000, burst: 5000 },
  /** The same from where a speaker is expected: a flood from elsewhere does not keep one that starts from being heard. */
  expected: { perSecond: 1000, burst: 2000 },
  answers: { perSecond: 1000, burst: 2000 },
} as const

/**
 * Seals what goes out and opens what comes in. A boot salt that is new, and that anybody may have recorded at another
 * time, is believed after a challenge: its owner must seal a number that we have just thought of.
 *
 *     n1 ── message (unknown salt) ──► n2    keeps it
 *     n1 ◄─ challenge (salt, nonce) ── n2
 *     n1 ── answer (nonce, counter) ─► n2    delivers what it kept
 *
 * No clock and no socket of its own.
 */
export class Sessions {
  readonly #options: Required<SessionsOptions>
  readonly #boots = new Map<Secret, Boot>()
  readonly #sessions = new Map<string, Session>()
  readonly #pending = new Map<string, Pending[]>()
  readonly #unknown = new TokenBucket(limits.unknown)
  readonly #expected = new TokenBucket(limits.expected)
  readonly #answers = new TokenBucket(limits.answers)

  constructor(options: SessionsOptions) {
    this.#options = { random: randomBytes, ...options }
  }

  seal(receiver: string, plaintext: Uint8Array, nowMillis: number): Buffer {
    return this.#bootFor(receiver, nowMillis).seal('message', receiver, plaintext, nowMillis)
  }

  /**
   * Never throws, whatever it is.
   * @param isExpected whether there should be a speaker where the datagram came from
   */
  open(datagram: Buffer, nowMillis: number, isExpected = (): boolean => false): Received {
    try {
      const envelope = readEnvelope(datagram)
      const session = this.#sessionOf(envelope.sender, nowMillis)
      if (session?.salt.equals(envelope.salt)) return this.#openKnown(session, envelope, nowMillis)
      return this.#openUnknown(envelope, nowMillis, isExpected)
    } catch (error) {
      if (error instanceof EnvelopeError) return refused(error.code)
      throw error
    }
  }

  #openKnown({ key, window }: Session, envelope: Envelope, nowMillis: number): Received {
    if (!window.isFresh(envelope.counter)) return refused('replayed')
    const plaintext = unseal(key, envelope, this.#options.name)
    if (plaintext === undefined) return refused('forged')
    window.mark(envelope.counter)
    const { kind, sender } = envelope
    if (kind === 'message') return { type: 'message', from: sender, plaintext }
    if (kind === 'challenge') return this.#answer(sender, plaintext, nowMillis)
    return { type: 'nothing' } // the second answer of two
  }

  #openUnknown(envelope: Envelope, nowMillis: number, isExpected: () => boolean): Received {
    const { sender, salt } = envelope
    const pending = this.#pending.get(sender)?.find((one) => one.salt.equals(salt))
    const opened = pending ? this.#openPending(pending, envelope) : this.#tryEachSecret(envelope, nowMillis, isExpected)
    if (typeof opened === 'string') return refused(opened)
    const { kind } = envelope
    if (kind === 'challenge') return this.#answer(sender, opened.plaintext, nowMillis)
    if (kind === 'message') return this.#challenge(envelope, opened, pending, nowMillis)
    return pending ? this.#accept(envelope, pending, opened.plaintext) : refused('unasked')
  }

  #openPending({ key, secret }: Pending, envelope: Envelope): Opened | Refusal {
    const plaintext = unseal(key, envelope, this.#options.name)
    return plaintext ? { key, secret, plaintext } : 'forged'
  }

  #tryEachSecret(envelope: Envelope, nowMillis: number, isExpected: () => boolean): Opened | Refusal {
    if (!this.#unknown.take(nowMillis) && !(isExpected() && this.#expected.take(nowMillis))) return 'limited'
    for (const secret of this.#options.secrets.accepted(nowMillis)) {
      const key = deriveKey(secret.text, envelope.salt, envelope.sender)
      const plaintext = unseal(key, envelope, this.#options.name)
      if (plaintext) return { key, secret, plaintext }
    }
    return 'foreign'
  }

  /** Keeps the message until its sender has shown that it sends it now. */
  #challenge(envelope: Envelope, opened: Opened, pending: Pending | undefined, nowMillis: number): Received {
    const { sender, counter } = envelope
    if (pending && nowMillis - pending.sinceMillis < limits.keepMillis) {
      if (nowMillis - pending.challengedMillis < limits.challengeAgainMillis) return { type: 'nothing' }
      pending.challengedMillis = nowMillis
      return this.#sealChallenge(sender, pending, nowMillis)
    }
    const { key, secret, plaintext } = opened
    const salt = Buffer.from(envelope.salt)
    const nonce = this.#options.random(nonceBytes)
    const kept = { counter, plaintext }
    const fresh = { salt, key, secret, nonce, kept, sinceMillis: nowMillis, challengedMillis: nowMillis }
    const others = (this.#pending.get(sender) ?? []).filter((one) => one !== pending)
    keepNewest(this.#pending, sender, [...others.slice(1 - limits.pendingSalts), fresh])
    return this.#sealChallenge(sender, fresh, nowMillis)
  }

  #sealChallenge(sender: string, { salt, nonce, secret }: Pending, nowMillis: number): Received {
    const boot = this.#bootOf(secret, nowMillis)
    return { type: 'reply', datagram: boot.seal('challenge', sender, Buffer.concat([salt, nonce]), nowMillis) }
  }

  /**
   * Stateless: whoever has the secret may ask. Not for a salt that we do not use any more: nobody should go back to it.
   */
  #answer(challenger: string, challenge: Buffer, nowMillis: number): Received {
    if (challenge.length !== saltBytes + nonceBytes) return refused('malformed')
    const boot = this.#bootFor(challenger, nowMillis)
    if (!boot.salt.equals(challenge.subarray(0, saltBytes))) return { type: 'nothing' }
    if (!this.#answers.take(nowMillis)) return refused('limited')
    const answer = Buffer.alloc(nonceBytes + 8)
    answer.set(challenge.subarray(saltBytes))
    answer.writeBigUInt64BE(BigInt(boot.staleCounter(nowMillis)), nonceBytes)
    return { type: 'reply', datagram: boot.seal('answer', challenger, answer, nowMillis) }
  }

  /** The sender has answered: it is this one since its last start. */
  #accept({ sender, counter }: Envelope, pending: Pending, answer: Buffer): Received {
    const { salt, key, secret, nonce, kept } = pending
    if (answer.length !== nonceBytes + 8) return refused('malformed')
    if (!answer.subarray(0, nonceBytes).equals(nonce)) return refused('unasked')
    const window = new ReplayWindow(Number(answer.readBigUInt64BE(nonceBytes)))
    window.mark(counter)
    keepNewest(this.#sessions, sender, { salt, key, secret, window })
    this.#pending.delete(sender)
    if (!window.isFresh(kept.counter)) return refused('replayed')
    window.mark(kept.counter)
    return { type: 'message', from: sender, plaintext: kept.plaintext }
  }

  /** A session ends with its secret. */
  #sessionOf(sender: string, nowMillis: number): Session | undefined {
    const session = this.#sessions.get(sender)
    if (session === undefined || this.#options.secrets.accepted(nowMillis).includes(session.secret)) return session
    this.#sessions.delete(sender)
    return undefined
  }

  /** A peer that seals with the newest secret has it; others may not, for a while. */
  #bootFor(receiver: string, nowMillis: number): Boot {
    const { secrets } = this.#options
    const hasNewest = this.#sessions.get(receiver)?.secret === secrets.newest
    return this.#bootOf(hasNewest ? secrets.newest : secrets.sealing(nowMillis), nowMillis)
  }

  #bootOf(secret: Secret, nowMillis: number): Boot {
    let boot = this.#boots.get(secret)
    if (boot === undefined) {
      const { name, random, secrets } = this.#options
      const accepted = secrets.accepted(nowMillis)
      for (const old of this.#boots.keys()) if (!accepted.includes(old)) this.#boots.delete(old)
      boot = new Boot({ name, secret, random, nowMillis })
      this.#boots.set(secret, boot)
    }
    return boot
  }
}

interface Opened {
  readonly key: KeyObject
  readonly secret: Secret
  readonly plaintext: Buffer
}

function refused(reason: Refusal): Received {
  return { type: 'refused', reason }
}

/** Drops what was set longest ago when there are too many. */
function keepNewest<T>(bySender: Map<string, T>, sender: string, value: T): void {
  bySender.delete(sender)
  bySender.set(sender, value)
  if (bySender.size > limits.senders) bySender.delete(bySender.keys().next().value!)
}
