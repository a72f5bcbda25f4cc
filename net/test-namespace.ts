/** For interop tests (root): a network namespace of the test's own, and programs that run inside it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'

export interface TestNamespace {
  readonly name: string
  /** Runs `ip` inside and gives what it prints; the words are separated by blanks. */
  ip(words: string): string
  /** Runs a TypeScript file inside. */
  run(script: string, ...args: string[]): Program
  /** Ends the programs that still run and removes the namespace. */
  remove(): Promise<void>
}

export function createTestNamespace(): TestNamespace {
  const name = `net-test-${randomBytes(4).toString('hex')}`
  execFileSync('ip', ['netns', 'add', name])
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  const programs: Program[] = []
  return {
    name,
    ip: (words) => execFileSync('ip', ['-n', name, ...words.split(' ')], { encoding: 'utf8' }),
    run: (script, ...args) => {
      const program = new Program(['ip', 'netns', 'exec', name, process.execPath, '--expose-gc', script, ...args])
      programs.push(program)
      return program
    },
    remove: async () => {
      await Promise.all(programs.map((program) => program.stop()))
      execFileSync('ip', ['netns', 'delete', name])
    },
  }
}

/** A child that prints one JSON object a line and takes commands, one a line. */
export class Program {
  readonly #child: ChildProcess
  readonly #lines: unknown[] = []
  readonly #exited: Promise<number | null>
  #onLine: () => void = () => {}

  constructor(argv: readonly string[]) {
    this.#child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve))
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#lines.push(JSON.parse(line))
      this.#onLine()
    })
  }

  send(command: string): void {
    this.#child.stdin!.write(`${command}\n`)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** How many lines have come: where `line` may begin to look. */
  get position(): number {
    return this.#lines.length
  }

  lines<T>(position: number): T[] {
    return this.#lines.slice(position) as T[]
  }

  /** The first line from `position` on that `matches`. Rejects after 10 seconds and when the program ends. */
  async line<T>(matches: (line: T) => boolean, position = 0): Promise<T> {
    const timeout = AbortSignal.timeout(10_000)
    let hasEnded = false
    void this.#exited.then(() => {
      hasEnded = true
      this.#onLine()
    })
    for (;;) {
      const found = this.lines<T>(position).find(matches)
      if (found !== undefined) return found
      if (hasEnded || timeout.aborted)
        throw new Error(`no such line; there came ${JSON.stringify(this.lines(position))}`)
      await new Promise<void>((resolve) => {
        this.#onLine = resolve
        timeout.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  exitCode(): Promise<number | null> {
    return this.#exited
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.#exited
  }
}
