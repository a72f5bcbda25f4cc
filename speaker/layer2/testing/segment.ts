import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Output {
  code: number
  stdout: string
}

/** Two hosts on one wire, as network namespaces: `server` runs what is tested, `client` asks. Root only. */
export class Segment {
  readonly server: string
  readonly client: string
  readonly #children: Child[] = []

  private constructor(name: string) {
    this.server = `${name}-server`
    this.client = `${name}-client`
  }

  static async create(): Promise<Segment> {
    const segment = new Segment(`mlbt-${randomBytes(3).toString('hex')}`)
    for (const namespace of [segment.server, segment.client]) {
      await must('ip', 'netns', 'add', namespace)
      // Link-local addresses are usable at once: nobody else is on the wire.
      await must(...inside(namespace, ['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']))
    }
    return segment
  }

  /** With one wire, `eth0` at both ends, that is up; the client is 192.0.2.1 and 2001:db8::1 there. */
  static async onOneWire(): Promise<Segment> {
    const segment = await Segment.create()
    await segment.connect('eth0', '192.0.2.1/24', '2001:db8::1/64')
    await segment.setLink('eth0', 'up')
    return segment
  }

  /** A wire with an interface of the same name at both ends; the client's end gets addresses. */
  async connect(name: string, ...clientPrefixes: string[]): Promise<void> {
    const { server, client } = this
    await must('ip', '-n', server, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', client)
    await must('ip', '-n', client, 'link', 'set', name, 'up')
    for (const prefix of clientPrefixes) await must('ip', '-n', client, 'addr', 'add', prefix, 'dev', name)
  }

  async setLink(name: string, ...change: string[]): Promise<void> {
    await must('ip', '-n', this.server, 'link', 'set', name, ...change)
  }

  async serverMac(name: string): Promise<string> {
    const { stdout } = await must('ip', '-n', this.server, '-j', 'link', 'show', name)
    return JSON.parse(stdout)[0].address
  }

  run(namespace: string, ...argv: string[]): Promise<Output> {
    return run(...inside(namespace, argv))
  }

  start(namespace: string, ...argv: string[]): Child {
    const [file = '', ...rest] = inside(namespace, argv)
    const child = new Child(spawn(file, rest, { stdio: 'pipe' }))
    this.#children.push(child)
    return child
  }

  /** What the client receives on `eth0` from now on, as tcpdump tells it. */
  async capture(...argv: string[]): Promise<Child> {
    const capture = this.start(this.client, 'tcpdump', '-i', 'eth0', '-Q', 'in', '-l', '-n', ...argv)
    await capture.line(/listening on/)
    return capture
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()))
    for (const namespace of [this.server, this.client]) await run('ip', 'netns', 'del', namespace)
  }
}

const inside = (namespace: string, argv: readonly string[]): [string, ...string[]] => [
  'ip',
  ...['netns', 'exec', namespace],
  ...argv,
]

/** A process that talks in lines, on both of its outputs. */
export class Child {
  readonly lines: string[] = []
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  #waiting: (() => void)[] = []

  constructor(process: ChildProcess) {
    this.#process = process
    this.#ended = once(process, 'exit')
    for (const output of [process.stdout!, process.stderr!]) {
      createInterface(output).on('line', (line) => {
        this.lines.push(line)
        for (const check of this.#waiting) check()
      })
    }
  }

  tell(line: string): void {
    this.#process.stdin!.write(`${line}\n`)
  }

  /** Sends a command and waits until it is done. */
  async command(line: string, timeoutMillis?: number): Promise<void> {
    this.tell(line)
    await this.line(new RegExp(`^done ${line}$`), timeoutMillis)
  }

  /** The first line that matches, be it past or to come. */
  line(pattern: RegExp, timeoutMillis = 5000): Promise<string> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer)
        this.#waiting = this.#waiting.filter((other) => other !== check)
        act()
      }
      const check = (): void => {
        const found = this.lines.find((line) => pattern.test(line))
        if (found !== undefined) finish(() => resolve(found))
      }
      const message = () => `no line ${pattern} within ${timeoutMillis} ms:\n${this.lines.join('\n')}`
      const timer = setTimeout(() => finish(() => reject(new Error(message()))), timeoutMillis)
      this.#waiting.push(check)
      check()
    })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGTERM')
    await this.#ended
  }
}

function run(file: string, ...argv: string[]): Promise<Output> {
  return new Promise((resolve) => {
    execFile(file, argv, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0
      resolve({ code, stdout: stdout + stderr })
    })
  })
}

async function must(file: string, ...argv: string[]): Promise<Output> {
  const output = await run(file, ...argv)
  if (output.code !== 0) throw new Error(`${file} ${argv.join(' ')}: ${output.stdout}`)
  return output
}
