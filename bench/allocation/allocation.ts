import { once } from '../once.ts'
import type { BenchOptions } from '../options.ts'
import { type Benchmark, benchRow } from '../row.ts'
import type { Burst } from './burst.ts'
import { type BesideBurst, burstAlone, burstBeside, measureIdle, measureLoaded } from './runs.ts'

/** Rows of one call share what was measured; nothing is measured that no chosen row needs. */
export function allocationBenchmarks({ allocator }: BenchOptions): Benchmark[] {
  const bursts: BesideBurst[] = []
  const loaded = once(async () => {
    const measured = await measureLoaded(allocator)
    bursts.push(measured.burst)
    return measured
  })
  /** With the allocator, without, without, with: a machine that grows slower or faster meanwhile does so for both. */
  const pairs = once(async () => {
    await loaded()
    const alone = [await burstAlone(), await burstAlone()]
    bursts.push(await burstBeside(allocator))
    return alone.map((each, run): [beside: Burst, alone: Burst] => [bursts[run]!, each])
  })
  const idle = once(() => measureIdle(allocator))
  const ofBursts = (pick: (burst: BesideBurst) => number) => async () => {
    await loaded()
    return bursts.map(pick)
  }
  const table: [name: string, unit: string, budget: number, measure: () => Promise<number[]>][] = [
    ['alloc-burst-ratio', 'ratio', 1.25, async () => (await pairs()).map(([a, b]) => a.seconds / b.seconds)],
    ['alloc-tail-ratio', 'ratio', 1.2, ofBursts(({ tailRatio }) => tailRatio)],
    ['alloc-cpu-ms', 'ms', 0.5, ofBursts(({ cpuMillis }) => cpuMillis)],
    ['alloc-rss-10k', 'MB', 130, ofBursts(({ residentMegabytes }) => residentMegabytes)],
    ['alloc-idle-p50-ms', 'ms', 8, async () => [percentile(await idle(), 50)]],
    ['alloc-idle-p99-ms', 'ms', 20, async () => [percentile(await idle(), 99)]],
    ['alloc-restart-s', 's', 3, async () => (await loaded()).restarts.map(({ seconds }) => seconds)],
    ['alloc-restart-writes', 'count', 0, async () => [sum((await loaded()).restarts.map(({ writes }) => writes))]],
    ['alloc-delete-cpu-ms', 'ms', 2, async () => [(await loaded()).deleteCpuMillis]],
    ['alloc-pool-edit-touched', 'count', 20, async () => [(await loaded()).poolEditPasses]],
  ]
  return table.map(([name, unit, budget, measure]) => ({
    name,
    unit,
    run: async () => benchRow({ name, unit, budget, runs: await measure() }),
  }))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The smallest value that `percent` of all do not exceed. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]
  if (found === undefined) throw new RangeError('no values')
  return found
}
