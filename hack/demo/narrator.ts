import { styleText } from 'node:util'

/** Tells the story: numbered lines for people, real output indented below them, progress of long steps on a terminal. */
export interface Narrator {
  step(text: string): void
  output(text: string): void
  /** Shows that `work` goes on, then how long it took. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>
}

const tickMillis = 1_000

export function createNarrator(out: NodeJS.WriteStream = process.stdout): Narrator {
  let steps = 0
  const begin = performance.now()
  const stamp = () =>
    styleText('dim', `${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s`, { stream: out })
  return {
    step: (text) => {
      steps += 1
      out.write(`${stamp()}  ${styleText('bold', `${steps}. ${text}`, { stream: out })}\n`)
    },
    output: (text) => {
      for (const line of text.trimEnd().split('\n')) out.write(`          ${line}\n`)
    },
    during: async (what, work) => {
      const since = performance.now()
      const seconds = () => ((performance.now() - since) / 1000).toFixed(1)
      const ticker = out.isTTY
        ? setInterval(() => out.write(`\r          ${what} ... ${seconds()} s `), tickMillis)
        : undefined
      try {
        const result = await work()
        out.write(`${out.isTTY ? '\r' : ''}          ${what}: ${seconds()} s      \n`)
        return result
      } finally {
        clearInterval(ticker)
      }
    },
  }
}
