import type { Cluster } from '../cluster.ts'
import { type Distribution, distributionOf } from '../distribution.ts'
import type { Move } from '../owners.ts'
import type { Settings } from '../settings.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it may be. */
  readonly most?: number
}

/** Something that happens to a cluster at rest. */
export interface Scenario {
  readonly summary: string
  readonly settings?: Partial<Settings>
  /** The cluster is not started: the scenario does that itself. */
  readonly isCold?: true
  /** Before anybody starts. */
  readonly prepare?: (cluster: Cluster) => void
  readonly run: (cluster: Cluster) => Figure[]
}

export function count(name: string, value: number, most?: number): Figure {
  return figure(name, value, '', most)
}

export function millis(name: string, value: number, most?: number): Figure {
  return figure(name, value, 'ms', most)
}

function figure(name: string, value: number, unit: string, most: number | undefined): Figure {
  return { name, value, unit, ...(most !== undefined && { most }) }
}

export function spread(name: string, values: readonly number[], most: Partial<Distribution> = {}): Figure[] {
  const { p50, p99, max } = distributionOf(values)
  return [
    millis(`${name}, p50`, p50, most.p50),
    millis(`${name}, p99`, p99, most.p99),
    millis(`${name}, max`, max, most.max),
  ]
}

/** What every run tells. */
export function commonFigures({ beliefs, owners, traffic, timeline, settings }: Cluster): Figure[] {
  const { messages, bytes, peakSent, peakReceived } = traffic.load(timeline.nowMillis)
  const moves = (type: Move['type']): number => owners.count(type)
  return [
    count('false takeovers', moves('false'), 0),
    count('needless moves', moves('needless'), settings.standInSeconds > 0 ? 0 : undefined),
    count('wrong beliefs', beliefs.wrong),
    count('wrong beliefs, episodes', beliefs.episodes),
    millis('two owners, longest', owners.twice.longestMillis(timeline.nowMillis)),
    millis('no owner, longest', owners.unowned.longestMillis(timeline.nowMillis)),
    count('addresses without one owner at the end', owners.twice.count + owners.unowned.count, 0),
    count('messages per node and second', messages),
    count('bytes per node and second', bytes),
    count('sent by one node in 100 ms, peak', peakSent),
    count('received by one node in 100 ms, peak', peakReceived),
  ]
}
