/** What a daemon needs of its process; tests bring their own. */
export interface Host {
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  onSignal(listener: (signal: NodeJS.Signals) => void): void
  /** An exception or rejection that nobody handled. */
  onUncaught(listener: (error: unknown) => void): void
  print(stream: 'stdout' | 'stderr', text: string): void
  exit(code: number): void
}

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
  exit: (code) => process.exit(code),
}
