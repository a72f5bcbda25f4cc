import { once } from '../once.ts'
import { type Benchmark, type BenchRow, benchRow } from '../row.ts'
import { measureFailovers } from './failover.ts'
import { measureFlood } from './flood.ts'
import { measureFlows } from './flows.ts'
import { measureMany } from './many.ts'
import { measureMemory } from './memory.ts'

type Row = Pick<BenchRow, 'name' | 'unit' | 'budget' | 'atLeast'> & { measure: () => Promise<number[]> }

/** Rows of one call share what was measured; nothing is measured that no chosen row needs. */
export function layer2Benchmarks(): Benchmark[] {
  const failovers = once(measureFailovers)
  const flows = once(measureFlows)
  const flood = once(measureFlood)
  const memory = once(measureMemory)
  const rows: Row[] = [
    { name: 'l2-link-ms', unit: 'ms', budget: 600, measure: async () => (await failovers()).linkMillis },
    { name: 'l2-kill-lost', unit: 'lost', budget: 0, measure: async () => (await failovers()).killLost },
    { name: 'l2-graceful-lost', unit: 'lost', budget: 0, measure: async () => (await failovers()).gracefulLost },
    { name: 'l2-failback-lost', unit: 'lost', budget: 0, measure: async () => (await failovers()).failbackLost },
    { name: 'l2-heal-ms', unit: 'ms', budget: 1_000, measure: async () => (await failovers()).healMillis },
    { name: 'l2-2000-ms', unit: 'ms', budget: 1_000, measure: measureMany },
    {
      name: 'l2-flows-update',
      unit: 'flows',
      budget: 100,
      atLeast: true,
      measure: async () => [(await flows()).update],
    },
    { name: 'l2-flows-kill', unit: 'flows', budget: 100, atLeast: true, measure: async () => [(await flows()).kill] },
    {
      ...{ name: 'arp-flood-answered', unit: '%', budget: 100, atLeast: true },
      measure: async () => (await flood()).answeredPercent,
    },
    { name: 'arp-flood-p99-ms', unit: 'ms', budget: 3, measure: async () => (await flood()).p99Millis },
    { name: 'arp-cpu-us', unit: 'us', budget: 6, measure: async () => (await flood()).cpuMicros },
    { name: 'arp-quiet-p99-us', unit: 'us', budget: 400, measure: async () => (await flood()).quietP99Micros },
    { name: 'speaker-rss-1k', unit: 'MB', budget: 70, measure: async () => (await memory()).with1000 },
    { name: 'speaker-rss-10k', unit: 'MB', budget: 110, measure: async () => (await memory()).with10000 },
  ]
  return rows.map(({ measure, ...row }) => ({
    ...{ name: row.name, unit: row.unit },
    run: async () => benchRow({ ...row, runs: await measure() }),
  }))
}
