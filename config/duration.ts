const nanosByUnit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

const unit = '(?:ns|us|µs|μs|ms|s|m|h)'
/** In one way only for each text: reading takes no longer than the text is. */
const number = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`
const whole = new RegExp(`^\\+?(?:0|(?:${number}${unit})+)$`)
const part = new RegExp(`(${number})(${unit})`, 'g')

/** Nanoseconds of a duration as Go writes it (`1h30m`, `2900ms`, `0`); undefined for any other text, and below zero. */
export function parseDuration(text: string): number | undefined {
  if (!whole.test(text)) return undefined
  return Math.round(
    [...text.matchAll(part)].reduce((sum, [, count, name]) => sum + Number(count) * nanosByUnit[name!]!, 0),
  )
}
