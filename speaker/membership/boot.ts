import type { KeyObject } from 'node:crypto'
import { deriveKey, type Kind, saltBytes, seal } from './seal.ts'
import type { Secret } from './secrets.ts'

/** What was sent longer ago than this cannot be new to anybody. */
const markMillis = 1000

export interface BootOptions {
  readonly name: string
  readonly secret: Secret
  readonly random: (bytes: number) => Buffer
  readonly nowMillis: number
}

/** What this speaker seals with from its start, or from a change of the secret, to its end: the sender's side of a session. */
export class Boot {
  readonly salt: Buffer
  readonly #name: string
  readonly #key: KeyObject
  #counter = 0
  /** How far the counter was, so long ago: the older is from before `markMillis`. */
  #marks: { readonly older: Mark; readonly newer: Mark }

  constructor({ name, secret, random, nowMillis }: BootOptions) {
    this.salt = random(saltBytes)
    this.#name = name
    this.#key = deriveKey(secret.text, this.salt, name)
    const mark = { atMillis: nowMillis, counter: 0 }
    this.#marks = { older: mark, newer: mark }
  }

  seal(kind: Kind, receiver: string, plaintext: Uint8Array, nowMillis: number): Buffer {
    this.#mark(nowMillis)
    const { salt } = this
    const counter = ++this.#counter
    return seal(this.#key, { kind, salt, counter, sender: this.#name, receiver, plaintext })
  }

  /** Datagrams up to this number were sent a second ago or more: one that arrives now is a replay. */
  staleCounter(nowMillis: number): number {
    this.#mark(nowMillis)
    return this.#marks.older.counter
  }

  #mark(nowMillis: number): void {
    const { newer } = this.#marks
    const age = nowMillis - newer.atMillis
    if (age < markMillis) return
    const now = { atMillis: nowMillis, counter: this.#counter }
    // Nothing was sent since the newer mark was due to be followed by another.
    this.#marks = { older: age < 2 * markMillis ? newer : now, newer: now }
  }
}

interface Mark {
  readonly atMillis: number
  readonly counter: number
}
