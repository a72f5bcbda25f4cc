import type { Timeline } from './timeline.ts'

interface Entry {
  readonly atMillis: number
  readonly host: string
  readonly about: string
  readonly text: string
}

const keptMillis = 1000

/** What happened lately: to find out why something went wrong. */
export class Trace {
  readonly #timeline: Timeline
  #entries: Entry[] = []
  #sweptMillis = 0

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  /** @param about an address or a node */
  note(host: string, about: string, text: string): void {
    const atMillis = this.#timeline.nowMillis
    this.#entries.push({ atMillis, host, about, text })
    if (atMillis - this.#sweptMillis < keptMillis) return
    this.#sweptMillis = atMillis
    this.#entries = this.#entries.filter((entry) => atMillis - entry.atMillis < keptMillis)
  }

  /** Everything of the last second about one of these. */
  lines(...about: string[]): string[] {
    const from = this.#timeline.nowMillis - keptMillis
    return this.#entries
      .filter((entry) => entry.atMillis >= from && about.includes(entry.about))
      .map(({ atMillis, host, about, text }) => `${atMillis.toFixed(1).padStart(11)} ${host} ${text} ${about}`)
  }
}
