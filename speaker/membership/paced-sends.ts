/** A message to many, spread evenly over a time: a thousand at once would overrun the receivers' switches, and our socket. */
export interface Round {
  readonly plaintext: Uint8Array
  readonly to: readonly string[]
  readonly overMillis: number
}

export interface Send {
  readonly to: string
  readonly plaintext: Uint8Array
}

/** What is still to be sent, and when. */
export class PacedSends {
  #rounds: { readonly round: Round; readonly startMillis: number; done: number }[] = []

  /** When the next is due; Infinity when there is none. */
  get dueMillis(): number {
    return Math.min(
      ...this.#rounds.map(({ round: { to, overMillis }, startMillis, done }) => {
        return startMillis + (overMillis * done) / to.length
      }),
    )
  }

  add(round: Round, nowMillis: number): void {
    if (round.to.length > 0) this.#rounds.push({ round, startMillis: nowMillis, done: 0 })
  }

  /** All that is due, in order. */
  take(nowMillis: number): Send[] {
    const sends: Send[] = []
    for (const entry of this.#rounds) {
      const { to, overMillis, plaintext } = entry.round
      const elapsed = nowMillis - entry.startMillis
      const due = elapsed >= overMillis ? to.length : Math.floor((elapsed / overMillis) * to.length) + 1
      for (; entry.done < due; entry.done++) sends.push({ to: to[entry.done]!, plaintext })
    }
    this.#rounds = this.#rounds.filter(({ round, done }) => done < round.to.length)
    return sends
  }
}
