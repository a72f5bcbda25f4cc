/** After a takeover: neighbours that have missed the first announcement send to a node that is gone. */
const repeatAfterMillis = [100, 300] as const

/** What is to be announced again soon, without a timer of its own. */
export class Repeats<T> {
  /** By when. */
  readonly #waiting = new Map<number, T[]>()

  add(subject: T, nowMillis: number): void {
    for (const millis of repeatAfterMillis) {
      const waiting = this.#waiting.get(nowMillis + millis)
      if (waiting === undefined) this.#waiting.set(nowMillis + millis, [subject])
      else waiting.push(subject)
    }
  }

  get dueMillis(): number {
    return Math.min(...this.#waiting.keys())
  }

  takeDue(nowMillis: number): T[] {
    const due = [...this.#waiting].filter(([dueMillis]) => dueMillis <= nowMillis)
    for (const [dueMillis] of due) this.#waiting.delete(dueMillis)
    return due.flatMap(([, subjects]) => subjects)
  }
}
