import { createServer } from 'node:http'
import type { Session } from 'node:inspector/promises'
import type { Clock } from '../kube/clock.ts'
import type { Listener } from './common-flags.ts'
import { FlagError } from './flags.ts'
import { type Listening, listen, type Reply, type Request, serveRoutes, textReply } from './http.ts'
import type { Logger } from './logger.ts'

const flag = '--pprof-bind-address'
const defaultSeconds = 30
const maxSeconds = 600
// V8's own default: one sample per 32 KiB allocated, no cost that can be measured.
const heapSampleBytes = 32 * 1024

/**
 * V8's profiles under MetalLB's paths, to be opened in Chrome's developer tools or VS Code:
 * /debug/pprof/profile?seconds=N (.cpuprofile) and /debug/pprof/heap (.heapprofile, what lives of all allocated since start).
 */
export async function startProfileServer(options: { address: string; clock: Clock; log: Logger }): Promise<Listening> {
  const listener = parseListener(options.address)
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', { samplingInterval: heapSampleBytes })
  const recordCpu = createCpuRecorder(session, options.clock)
  const routes = {
    '/debug/pprof/profile': recordCpu,
    '/debug/pprof/heap': async () =>
      download('heap.heapprofile', (await session.post('HeapProfiler.getSamplingProfile')).profile),
  }
  const listening = await listen(
    createServer(serveRoutes(routes, options.log)),
    listener,
    `profiles (${flag})`,
    options.log,
  )
  return {
    port: listening.port,
    close: () => {
      session.disconnect()
      return listening.close()
    },
  }
}

/** host:port, :port or [v6]:port, as Go's net.Listen takes it. */
export function parseListener(address: string): Listener {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(address)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65535) {
    throw new FlagError(
      'bad-value',
      `flag ${flag} has the bad value ${JSON.stringify(address)}: give host:port, as 127.0.0.1:6060`,
    )
  }
  const host = match.groups!['v6'] ?? match.groups!['host']!
  return host === '' ? { port } : { host, port }
}

function createCpuRecorder(session: Session, clock: Clock): (request: Request) => Promise<Reply> {
  let busy = false
  return async ({ query, signal }) => {
    const seconds = Number(query.get('seconds') ?? defaultSeconds)
    if (!(seconds > 0 && seconds <= maxSeconds)) return textReply(400, `seconds must be from 1 to ${maxSeconds}`)
    if (busy) return textReply(503, 'a CPU profile is being recorded: try again when it is done')
    busy = true
    try {
      return download('cpu.cpuprofile', await recordCpu(session, () => elapsed(clock, seconds, signal)))
    } finally {
      busy = false
    }
  }
}

async function recordCpu(session: Session, untilDone: () => Promise<void>): Promise<object> {
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  await untilDone()
  const { profile } = await session.post('Profiler.stop')
  await session.post('Profiler.disable')
  return profile
}

function elapsed(clock: Clock, seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, seconds * 1000)
    signal.addEventListener('abort', () => {
      clock.clearTimeout(timer)
      resolve()
    })
  })
}

function download(fileName: string, profile: object): Reply {
  const headers = { 'content-type': 'application/json', 'content-disposition': `attachment; filename="${fileName}"` }
  return { status: 200, body: JSON.stringify(profile), headers }
}
