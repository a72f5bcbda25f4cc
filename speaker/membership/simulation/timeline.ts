/** Virtual time: what is to happen when. Things of one moment happen in the order in which they were planned. */
export class Timeline {
  nowMillis = 0
  #events: Event[] = []
  #planned = 0

  at(millis: number, run: () => void): void {
    const event = { millis: Math.max(millis, this.nowMillis), order: this.#planned++, run }
    this.#events.push(event)
    this.#raise(event, this.#events.length - 1)
  }

  after(millis: number, run: () => void): void {
    this.at(this.nowMillis + millis, run)
  }

  /** Runs all that is due until then, and stands there. */
  runUntil(millis: number): void {
    for (let next = this.#events[0]; next !== undefined && next.millis <= millis; next = this.#events[0]) {
      this.#takeFirst()
      this.nowMillis = next.millis
      next.run()
    }
    this.nowMillis = millis
  }

  // A binary heap: parent of i is (i - 1) >> 1.
  #raise(event: Event, from: number): void {
    const events = this.#events
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = events[parent]!
      if (!precedes(event, above)) break
      events[i] = above
      i = parent
    }
    events[i] = event
  }

  #takeFirst(): void {
    const events = this.#events
    const last = events.pop()!
    const length = events.length
    if (length === 0) return
    let i = 0
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && precedes(events[child + 1]!, events[child]!)) child++
      if (!precedes(events[child]!, last)) break
      events[i] = events[child]!
      i = child
    }
    events[i] = last
  }
}

interface Event {
  readonly millis: number
  readonly order: number
  readonly run: () => void
}

function precedes(a: Event, b: Event): boolean {
  return a.millis < b.millis || (a.millis === b.millis && a.order < b.order)
}
