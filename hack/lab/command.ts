import { execFile } from 'node:child_process'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** The exit status; -1 when a signal (or the time limit) ended the command. */
  readonly code: number
}

export interface CommandOptions {
  readonly input?: string
  readonly timeoutMillis?: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** A command that could not start, or one that failed although `mustRun` needed it. */
export class CommandError extends Error {
  readonly code = 'command-failed'
  readonly outcome: Outcome

  constructor(argv: readonly string[], outcome: Outcome) {
    super(`${argv.join(' ')}: status ${outcome.code}: ${(outcome.stderr || outcome.stdout).trim()}`)
    this.name = 'CommandError'
    this.outcome = outcome
  }
}

const defaultTimeoutMillis = 60_000
const outputLimitBytes = 64 << 20

/** Runs a program without a shell and resolves with what it said, whatever its status. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const { input = '', timeoutMillis = defaultTimeoutMillis, ...rest } = options
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMillis, killSignal: 'SIGKILL', maxBuffer: outputLimitBytes } as const
    const child = execFile(file, args, { ...rest, ...limits }, (error, stdout, stderr) => {
      if (typeof error?.code === 'string') {
        reject(new CommandError(argv, { stdout, stderr: error.message, code: -1 }))
      } else {
        resolve({ stdout, stderr, code: error ? (error.code ?? -1) : 0 })
      }
    })
    child.stdin?.on('error', () => {}) // a command may end before it has read its input
    child.stdin?.end(input)
  })
}

/** Runs a program and resolves with its output; rejects with a CommandError unless its status is 0. */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await run(argv, options)
  if (outcome.code !== 0) throw new CommandError(argv, outcome)
  return outcome.stdout
}
