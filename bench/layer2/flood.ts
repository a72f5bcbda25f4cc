// ARP requests for 1,000 addresses of one speaker, many and few.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startLineProcess } from '../../hack/lab/line-process.ts'
import { cpuMillis } from '../allocation/process-cost.ts'
import { atLayer2Site } from './site.ts'

/** One value for each run. */
export interface Flood {
  readonly answeredPercent: number[]
  readonly p99Millis: number[]
  /** Of the speaker, for each request. */
  readonly cpuMicros: number[]
  /** At one request each millisecond. */
  readonly quietP99Micros: number[]
}

interface Told {
  readonly asked: number
  readonly answered: number
  readonly p50Millis: number
  readonly p99Millis: number
}

const addresses = 1_000
const flooding = { perSecond: 40_000, seconds: 5 }
const quiet = { perSecond: 1_000, seconds: 5 }
const runs = 3

export const measureFlood = (): Promise<Flood> =>
  atLayer2Site({ nodes: 1, pools: { first: { addresses: '10.200.0.0/20' } } }, async ({ lab, serve, speakers }) => {
    await serve('web', addresses)
    const script = join(import.meta.dirname, 'flood-process.ts')
    const client = await startLineProcess(lab.client.netns, script, 'eth0', '10.200.0.0', `${addresses}`)
    const ask = async ({ perSecond, seconds }: typeof flooding): Promise<Told> =>
      JSON.parse(await client.ask(`${perSecond} ${seconds}`))
    const { pid } = speakers.get(1)!
    const result: Flood = { answeredPercent: [], p99Millis: [], cpuMicros: [], quietP99Micros: [] }
    await pause(6_000) // the bursts of announcements are over
    await ask({ perSecond: 5_000, seconds: 2 }) // what is slow the first time
    for (let run = 0; run < runs; run++) {
      const before = cpuMillis(pid)
      const { asked, answered, p99Millis } = await ask(flooding)
      result.cpuMicros.push(((cpuMillis(pid) - before) * 1000) / asked)
      result.answeredPercent.push((100 * answered) / asked)
      result.p99Millis.push(p99Millis)
      const calm = await ask(quiet)
      result.quietP99Micros.push(calm.p99Millis * 1000)
    }
    await client.stop()
    return result
  })
