/** What a daemon needs of its process; tests bring their own. */
export interface Host {
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  onSignal(listener: (signal: NodeJS.Signals) => void): void
  /** An exception or rejection that nobody handled. */
  onUncaught(listener: (error: unknown) => void): void
  print(stream: 'stdout' | 'stderr', text: string): void
  /** From now on the process lives until exit(), even when nothing is open. */
  holdOpen(): void
  exit(code: number): void
}

// Node's timers hold 31 bits of milliseconds.
const longestTimerMillis = 2 ** 31 - 1

export const processHost: Host = {
  argv: process.argv.slice(2),
  env: process.env,
  onSignal: (listener) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, listener)
  },
  onUncaught: (listener) => {
    process.on('uncaughtException', listener)
    process.on('unhandledRejection', listener)
  },
  print: (stream, text) => process[stream].write(text),
  holdOpen: () => {
    setInterval(() => {}, longestTimerMillis)
  },
  exit: (code) => process.exit(code),
}
