/** For `node --import`: the calendar jumps back by an hour, and then ahead by two, again and again. Monotonic clocks go on. */
const everyMillis = 1500
const hourMillis = 3_600_000

let offsetMillis = 0
setInterval(() => {
  offsetMillis = offsetMillis < 0 ? hourMillis : -hourMillis
}, everyMillis).unref()

const TrueDate = Date
globalThis.Date = class extends TrueDate {
  constructor(...values: [] | [number]) {
    super(...((values.length === 0 ? [TrueDate.now() + offsetMillis] : values) as [number]))
  }

  static override now(): number {
    return TrueDate.now() + offsetMillis
  }
} as DateConstructor
