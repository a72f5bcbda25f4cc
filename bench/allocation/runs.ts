// The runs that the rows are made of; each has a cluster of its own.
import type { ForeignAllocator } from '../options.ts'
import type { Allocator } from './allocator.ts'
import { allocateOurselves, type Burst, burst, burstServices, leaveToAllocator } from './burst.ts'
import { eventsWritten, quiet } from './server.ts'
import { atSite, type Site } from './site.ts'
import { deletionMillis, idleLatencies, passesOfPoolEdit, type Restart, restart, startReady } from './steps.ts'

export interface BesideBurst extends Burst {
  /** Of the allocator, for each Service, until everything is written: the events too, which may come later. */
  cpuMillis: number
  /** Of the allocator: the larger of when the last address is given and when everything is written. */
  residentMegabytes: number
}

interface Loaded {
  burst: BesideBurst
  deleteCpuMillis: number
  poolEditPasses: number
  restarts: Restart[]
}

type Foreign = ForeignAllocator | undefined

const restarts = 3
const idleServices = 300

const say = (text: string): void => console.error(`  ${text}`)

const describe = ({ seconds, tailRatio }: Burst): string =>
  `${seconds.toFixed(1)} s, the last thousand in ${tailRatio.toFixed(2)} times the time of the first`

export const burstAlone = (): Promise<Burst> =>
  atSite(async (site) => {
    const result = await burst(site, allocateOurselves)
    say(`${burstServices} addresses written by the bench itself: ${describe(result)}`)
    return result
  })

export const burstBeside = (foreign: Foreign): Promise<BesideBurst> =>
  atSite(async (site) => {
    const allocator = await startReady(site, foreign)
    const result = await measureBurst(site, allocator)
    await allocator.stop()
    return result
  })

async function measureBurst(site: Site, allocator: Allocator): Promise<BesideBurst> {
  const [before, eventsBefore] = [allocator.cpuMillis(), await eventsWritten(site)]
  const result = await burst(site, leaveToAllocator)
  const atTheEnd = allocator.residentMegabytes()
  await quiet(site)
  const residentMegabytes = Math.max(atTheEnd, allocator.residentMegabytes())
  const cpuMillis = (allocator.cpuMillis() - before) / burstServices
  const events = (await eventsWritten(site)) - eventsBefore
  const took = `${describe(result)}, ${cpuMillis.toFixed(2)} ms of CPU each`
  say(`${burstServices} addresses given by the allocator: ${took}, ${events} events in the end`)
  return { ...result, cpuMillis, residentMegabytes }
}

export const measureLoaded = (foreign: Foreign): Promise<Loaded> =>
  atSite(async (site) => {
    let allocator = await startReady(site, foreign)
    const result = await measureBurst(site, allocator)
    const deleteCpuMillis = await deletionMillis(site, allocator)
    say(`deletions: ${deleteCpuMillis.toFixed(2)} ms of CPU each`)
    const poolEditPasses = await passesOfPoolEdit(site, allocator)
    const made: Restart[] = []
    while (made.length < restarts) {
      await allocator.stop()
      const { seconds, writes, ...again } = await restart(site, foreign)
      say(
        `restart: ready in ${seconds.toFixed(2)} s, ${writes} writes, ${again.allocator.residentMegabytes().toFixed(0)} MB`,
      )
      made.push({ seconds, writes })
      allocator = again.allocator
    }
    await allocator.stop()
    return { burst: result, deleteCpuMillis, poolEditPasses, restarts: made }
  })

export const measureIdle = (foreign: Foreign): Promise<number[]> =>
  atSite(async (site) => {
    const allocator = await startReady(site, foreign)
    const latencies = await idleLatencies(site, idleServices)
    await allocator.stop()
    return latencies
  })
