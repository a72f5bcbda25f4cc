import type { Constants } from './constants.ts'
import type { MemberRecord } from './member-record.ts'
import type { View } from './view.ts'
import { Watch } from './watch.ts'

const mostExtra = 64

/**
 * Whom this node watches: the next three on the ring that it believes alive. When one that it has only just adopted is dead too, a whole
 * block may be gone: 2, 4, 8 ... 64 more are taken at once, as far as the third that answers.
 */
export class Wards {
  readonly #view: View
  readonly #constants: Constants
  #watches: readonly Watch[] = []
  #version = -1
  #extra = 0
  #widenedMillis = Number.NEGATIVE_INFINITY

  constructor(view: View, constants: Constants) {
    this.#view = view
    this.#constants = constants
  }

  get watches(): readonly Watch[] {
    return this.#watches
  }

  of(record: MemberRecord): Watch | undefined {
    return this.#watches.find((watch) => watch.record === record)
  }

  /** Chooses anew if the view has changed, and returns the new wards. */
  refresh(nowMillis: number): readonly MemberRecord[] {
    if (this.#version === this.#view.version) return []
    this.#version = this.#view.version
    const records = this.#view.nearest(this.#view.own, 1, this.#constants.watchers + this.#extra)
    const watches = records.map((record) => this.of(record) ?? new Watch(record, this.#constants, nowMillis))
    const old = new Set(this.#watches)
    this.#watches = this.#upToAnswering(watches)
    return this.#watches.filter((watch) => !old.has(watch)).map((watch) => watch.record)
  }

  /** Before the view is told of this death. */
  widen(dead: MemberRecord, nowMillis: number): void {
    if (this.of(dead)?.isAdopted !== true) return
    if (nowMillis - this.#widenedMillis <= this.#constants.heartbeatMillis) return
    this.#extra = Math.min(mostExtra, Math.max(2, 2 * this.#extra))
    this.#widenedMillis = nowMillis
  }

  /** After the watches have stepped. Those behind the third that answers are others' wards: they may only be slow. */
  narrow(): void {
    if (this.#extra === 0) return
    this.#watches = this.#upToAnswering(this.#watches)
    if (this.#watches.every((watch) => !watch.isAdopted)) this.#extra = 0
  }

  /** Begins anew with everybody, as after a time without hearing. */
  clear(): void {
    this.#watches = []
    this.#extra = 0
    this.#version = -1
  }

  #upToAnswering(watches: readonly Watch[]): readonly Watch[] {
    let answering = 0
    const last = watches.findIndex((watch) => !watch.isAdopted && ++answering === this.#constants.watchers)
    return last < 0 ? watches : watches.slice(0, last + 1)
  }
}
