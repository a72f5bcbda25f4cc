// What a speaker holds in memory with 1,000 and with 10,000 Services of two endpoints each, on each of three nodes.
import { setTimeout as pause } from 'node:timers/promises'
import { residentMegabytes } from '../allocation/process-cost.ts'
import { atLayer2Site, type Layer2Site } from './site.ts'

/** One value for each speaker. */
export interface Memory {
  readonly with1000: number[]
  readonly with10000: number[]
}

/** The bursts of announcements are over, and V8 has had time to give back what it can. */
const restMillis = 10_000

export const measureMemory = (): Promise<Memory> =>
  atLayer2Site({ nodes: 3, pools: { first: { addresses: '10.200.0.0/16' } } }, async (site) => {
    await site.serve('first', 1_000)
    await pause(restMillis)
    const with1000 = residentOf(site)
    await site.serve('more', 9_000)
    await pause(restMillis)
    return { with1000, with10000: residentOf(site) }
  })

const residentOf = ({ speakers }: Layer2Site): number[] =>
  [...speakers.values()].map(({ pid }) => residentMegabytes(pid))
