import type { MemberRecord } from './member-record.ts'

/** Who accuses whom, and since when: a vote counts for a while and only while its voter is believed alive. */
export class Votes {
  readonly #lifetimeMillis: number
  readonly #byAccused = new WeakMap<MemberRecord, Map<MemberRecord, number>>()

  constructor(lifetimeMillis: number) {
    this.#lifetimeMillis = lifetimeMillis
  }

  cast(accused: MemberRecord, voter: MemberRecord, nowMillis: number): void {
    const votes = this.#byAccused.get(accused)
    if (votes === undefined) this.#byAccused.set(accused, new Map([[voter, nowMillis]]))
    else votes.set(voter, nowMillis)
  }

  /** Different voters; whether they are "the right" watchers is not asked: views differ, and the check would only lose votes. */
  count(accused: MemberRecord, nowMillis: number): number {
    let count = 0
    for (const voter of this.#byAccused.get(accused)?.keys() ?? []) if (this.has(accused, voter, nowMillis)) count++
    return count
  }

  has(accused: MemberRecord, voter: MemberRecord, nowMillis: number): boolean {
    const castMillis = this.#byAccused.get(accused)?.get(voter)
    return castMillis !== undefined && nowMillis - castMillis < this.#lifetimeMillis && voter.life === 'alive'
  }

  clear(accused: MemberRecord): void {
    this.#byAccused.delete(accused)
  }
}
