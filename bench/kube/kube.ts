import { type Benchmark, type BenchRow, benchRow } from '../row.ts'
import { type Measured, watch } from './measurement.ts'
import { withRealServer } from './real-server.ts'
import { requestsAfterRecovery } from './recovery.ts'
import { SyntheticServer } from './synthetic-server.ts'

const runs = 5

async function repeat(measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = []
  for (let run = 0; run < runs; run++) values.push(await measure())
  return values
}

/** Each value from a process of its own, which has seen `changes` of `objects` Services and as many EndpointSlices. */
async function measureWatching(
  objects: number,
  changes: number,
  pick: (measured: Measured) => number,
): Promise<number[]> {
  const server = await SyntheticServer.start(objects)
  const { url, certificate: ca, servername } = server
  const make = (index: number) => server.change(index % 2 === 0 ? 'services' : 'endpointslices', index % objects)
  try {
    return await repeat(async () => {
      const measured = await watch({ url, ca, servername }, { count: changes, make })
      if (measured.objects.some((size) => size !== objects)) throw new Error(`it saw ${measured.objects} of ${objects}`)
      return pick(measured)
    })
  } finally {
    await server.close()
  }
}

async function measureMemory(name: string, objects: number, budget: number): Promise<BenchRow> {
  const values = await measureWatching(objects, 200, ({ residentMegabytes }) => residentMegabytes)
  return benchRow({ name, unit: 'MB', budget, runs: values })
}

async function measureCpu(): Promise<BenchRow> {
  const values = await measureWatching(1_000, 1_000, ({ cpuMillis }) => cpuMillis)
  return benchRow({ name: 'kube-cpu-per-1k-events-ms', unit: 'ms', budget: 200, runs: values })
}

/** 1,000 Services and 1,000 EndpointSlices from a real API server, from the first request to both copies complete. */
async function measureSync(): Promise<BenchRow> {
  return withRealServer(1_000, async (server) => {
    const values = await repeat(async () => (await watch(server)).syncMillis)
    return benchRow({ name: 'kube-sync-ms', unit: 'ms', budget: 300, runs: values })
  })
}

/** A server that has forgotten its history says so once to each watcher, and then sends it everything. */
async function measureRecovery(): Promise<BenchRow> {
  const values = await repeat(requestsAfterRecovery)
  return benchRow({ name: 'kube-requests-after-recovery', unit: 'count', budget: 2, runs: values })
}

export const kubeBenchmarks: Benchmark[] = [
  { name: 'kube-rss-1k', unit: 'MB', run: () => measureMemory('kube-rss-1k', 1_000, 62) },
  { name: 'kube-rss-10k', unit: 'MB', run: () => measureMemory('kube-rss-10k', 10_000, 100) },
  { name: 'kube-sync-ms', unit: 'ms', run: measureSync },
  { name: 'kube-cpu-per-1k-events-ms', unit: 'ms', run: measureCpu },
  { name: 'kube-requests-after-recovery', unit: 'count', run: measureRecovery },
]
