import type { MemberRecord } from './member-record.ts'

interface Hint {
  readonly sinceMillis: number
  isConfirmed: boolean
  dueMillis: number
}

/**
 * Port unreachable: a kernel says that its node's speaker is gone. Anybody on the network could have said that, so the speaker is asked
 * at once, and it counts only if that is refused as well and no word of the speaker comes for 30 ms.
 */
export class CrashHints {
  readonly #crashMillis: number
  readonly #hints = new Map<MemberRecord, Hint>()

  constructor(crashMillis: number) {
    this.#crashMillis = crashMillis
  }

  get dueMillis(): number {
    let dueMillis = Number.POSITIVE_INFINITY
    for (const hint of this.#hints.values()) dueMillis = Math.min(dueMillis, hint.dueMillis)
    return dueMillis
  }

  /** True if it is news: ask that member now. */
  begin(record: MemberRecord, nowMillis: number): boolean {
    if (this.#hints.has(record)) return false
    this.#hints.set(record, { sinceMillis: nowMillis, isConfirmed: false, dueMillis: nowMillis + this.#crashMillis })
    return true
  }

  /** Unreachable once more: the ping was refused. */
  confirm(record: MemberRecord): void {
    const hint = this.#hints.get(record)
    if (hint !== undefined) hint.isConfirmed = true
  }

  /** Whom to accuse now. After a late timer an answer may lie unread: all wait once more. */
  take(nowMillis: number, mayVote: boolean): MemberRecord[] {
    const accused: MemberRecord[] = []
    for (const [record, hint] of this.#hints) {
      if (hint.dueMillis > nowMillis) continue
      if (!mayVote) {
        hint.dueMillis = nowMillis + this.#crashMillis
        continue
      }
      this.#hints.delete(record)
      if (hint.isConfirmed && record.life === 'alive' && record.heardMillis <= hint.sinceMillis) accused.push(record)
    }
    return accused
  }

  clear(): void {
    this.#hints.clear()
  }
}
