import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'chai'
import { ApiError, type KubeClient } from '../kube/client.ts'
import { settle, VirtualClock } from '../kube/testing/virtual-clock.ts'
import { commonFlags, commonSettings, type DaemonSettings, onLoopback } from './common-flags.ts'
import { parseFlags } from './flags.ts'
import type { Host } from './host.ts'
import { type DaemonContext, type DaemonOptions, runDaemon } from './run.ts'
import { ask } from './testing/request.ts'

type Context = DaemonContext<typeof commonFlags>

/** A process that only records what happens to it. */
function fakeHost(argv: string[], env: NodeJS.ProcessEnv) {
  const exits: number[] = []
  const printed: string[] = []
  let signal: (name: NodeJS.Signals) => void = () => {}
  let uncaught: (error: unknown) => void = () => {}
  const host: Host = {
    argv,
    env,
    onSignal: (listener) => {
      signal = listener
    },
    onUncaught: (listener) => {
      uncaught = listener
    },
    print: (stream, text) => printed.push(`${stream}: ${text}`),
    holdOpen: () => {},
    exit: (code) => exits.push(code),
  }
  return {
    host,
    exits,
    printed,
    signal: (name: NodeJS.Signals) => signal(name),
    uncaught: (error: unknown) => uncaught(error),
  }
}

function run(options: Partial<DaemonOptions<typeof commonFlags>> & { argv?: string[]; env?: NodeJS.ProcessEnv } = {}) {
  const { argv = [], env = {}, ...rest } = options
  const clock = new VirtualClock()
  const happened: string[] = []
  const contexts: Context[] = []
  const lines: Record<string, unknown>[] = []
  const logOutput = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const client = { close: async () => void happened.push('client closed') } as unknown as KubeClient
  const fake = fakeHost(argv, env)
  const start = async (context: Context) => {
    contexts.push(context)
    return { stop: async () => void happened.push('stopped') }
  }
  const settings = (): DaemonSettings => ({ logLevel: 'info', profileAddress: '' })
  runDaemon(
    { name: 'speaker', flags: commonFlags, settings, start, ...rest },
    { host: fake.host, clock, connect: async () => client, logOutput },
  )
  return { ...fake, clock, happened, contexts, lines }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** start() and the servers begin together: the first probe may be too early. */
async function onceServed<T>(probe: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await probe()
    } catch {
      await new Promise(setImmediate)
    }
  }
}

const never = () => new Promise<never>(() => {})

describe('runDaemon', () => {
  it('prints version, commit and platform for --version and starts nothing', () => {
    const { printed, exits, contexts } = run({ argv: ['--port=1', '--version'] })
    expect(printed).to.have.length(1)
    expect(printed[0]).to.match(/^stdout: speaker \S+ \(commit \S+, .*node v24\..*linux\//)
    expect(exits).to.deep.equal([0])
    expect(contexts).to.deep.equal([])
  })

  it('prints the flags for --help', () => {
    const { printed, exits } = run({ argv: ['-h'] })
    expect(printed[0]).to.include('--log-level=all|debug|info|warn|error|none')
    expect(exits).to.deep.equal([0])
  })

  it('says what is wrong with a flag on standard error and exits with 2', () => {
    const { printed, exits } = run({ argv: ['--port=http'] })
    expect(printed).to.deep.equal([
      'stderr: speaker: flag --port has the bad value "http": give an integer from 0 to 65535\n',
    ])
    expect(exits).to.deep.equal([2])
  })

  it('exits with 2 for settings of TLS that contradict each other', () => {
    const { printed, exits } = run({
      argv: ['--tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA'],
      settings: commonSettings,
    })
    expect(printed[0]).to.include('together with minimum TLS 1.3')
    expect(exits).to.deep.equal([2])
  })

  it('gives the process its flags and a client, and keeps running', async () => {
    const { contexts, exits } = run({ argv: ['--namespace=lb'] })
    await settle()
    expect(contexts[0]?.flags.namespace).to.equal('lb')
    expect(contexts[0]?.signal.aborted).to.equal(false)
    expect(await contexts[0]?.metrics.metrics()).to.include('process_cpu_seconds_total')
    expect(exits).to.deep.equal([])
  })

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops in order on ${name}: signal, stop(), client, exit status 0`, async () => {
      const { signal, contexts, happened, exits } = run()
      await settle()
      signal(name)
      expect(contexts[0]?.signal.aborted).to.equal(true)
      await settle()
      expect(happened).to.deep.equal(['stopped', 'client closed'])
      expect(exits).to.deep.equal([0])
    })
  }

  it('says to probes that it is not ready from the signal on, while it stops in order', async () => {
    const port = await freePort()
    const settings = (): DaemonSettings => ({
      logLevel: 'info',
      profileAddress: '',
      health: { host: '127.0.0.1', port },
    })
    const stopping = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const start = async ({ setReady }: Context) => {
      setReady(undefined)
      started.resolve()
      return { stop: () => stopping.promise }
    }
    const { signal, exits } = run({ settings, start })
    await started.promise
    const probe = () => ask(`http://127.0.0.1:${port}/readyz`)
    const running = await onceServed(probe)
    signal('SIGTERM')
    const ending = await probe()
    stopping.resolve()
    while (exits.length === 0) await new Promise(setImmediate)
    expect(running).to.include({ status: 200, body: 'ok\n' })
    expect(ending).to.include({ status: 503, body: 'stopping\n' })
    expect(exits).to.deep.equal([0])
  })

  it('exits at once with 1 on the second signal', async () => {
    const { signal, exits } = run({ start: async () => ({ stop: never }) })
    await settle()
    signal('SIGTERM')
    await settle()
    expect(exits).to.deep.equal([])
    signal('SIGTERM')
    expect(exits).to.deep.equal([1])
  })

  it('exits with 1 when stop() is not done within the budget', async () => {
    const { signal, exits, clock } = run({ start: async () => ({ stop: never }), stopBudgetMillis: 500 })
    await settle()
    signal('SIGTERM')
    await clock.advance(499)
    expect(exits).to.deep.equal([])
    await clock.advance(1)
    expect(exits).to.deep.equal([1])
  })

  it('stops a process that is told so before it has started', async () => {
    let started: (running: { stop(): Promise<void> }) => void = () => {}
    const { signal, exits, happened } = run({ start: () => new Promise((resolve) => (started = resolve)) })
    await settle()
    signal('SIGTERM')
    started({ stop: async () => void happened.push('stopped') })
    await settle()
    expect(happened).to.deep.equal(['stopped', 'client closed'])
    expect(exits).to.deep.equal([0])
  })

  it('takes a start() whose request was ended by the signal for an orderly stop', async () => {
    const aborted = new ApiError('get secrets: aborted', { status: 0, reason: '', code: 'aborted' })
    const start = ({ signal }: Context) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(aborted)))
    const { signal, exits } = run({ start })
    await settle()
    signal('SIGTERM')
    await settle()
    expect(exits).to.deep.equal([0])
  })

  it('takes a start() that gives up because of the signal for an orderly stop', async () => {
    const start = ({ signal }: Context) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { signal, exits } = run({ start })
    await settle()
    signal('SIGTERM')
    await settle()
    expect(exits).to.deep.equal([0])
  })

  it('exits with 1 when start() fails', async () => {
    const { exits, lines } = run({ start: () => Promise.reject(new Error('no node of this name')) })
    await settle()
    expect(lines.at(-1)).to.include({
      level: 'error',
      caller: 'speaker',
      msg: 'cannot run',
      error: 'no node of this name',
    })
    expect(exits).to.deep.equal([1])
  })

  it('exits with 1 on an error that nobody caught, and logs its stack', async () => {
    const { uncaught, exits, lines } = run()
    await settle()
    uncaught(new Error('bug'))
    expect(lines.at(-1)).to.include({ msg: 'uncaught error', error: 'bug' })
    expect(lines.at(-1)?.['stack']).to.include('run.test.ts')
    expect(exits).to.deep.equal([1])
  })
})

describe('commonSettings', () => {
  const settings = (...argv: string[]) => commonSettings(parseFlags(commonFlags, argv, {}))

  it("serves metrics over HTTPS and probes on MetalLB's ports", () => {
    const { metrics, health } = settings()
    expect(metrics).to.deep.include({ port: 9120, secure: true, certificateDirectory: '' })
    expect(health).to.deep.equal({ port: 17472 })
  })

  it('leaves out the server whose port is 0', () => {
    expect(settings('--port=0', '--health-probe-port=0')).to.have.keys('logLevel', 'profileAddress')
  })

  it('moves probes to the loopback address for processes on the network of the node', () => {
    expect(onLoopback(settings()).health).to.deep.equal({ host: '127.0.0.1', port: 17472 })
    expect(onLoopback(settings('--health-probe-port=0'))).not.to.have.property('health')
  })
})
