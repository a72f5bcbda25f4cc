// What the API server tells of what was done to it.
import { setTimeout as pause } from 'node:timers/promises'
import { creationsIn, writesIn } from './prometheus.ts'
import type { Site } from './site.ts'

const quietMillis = 1_000
const longestMillis = 120_000

const metrics = ({ client }: Site): Promise<string> =>
  client.transport.send({ what: 'read metrics', method: 'GET', path: '/metrics' })

export const writesDone = async (site: Site): Promise<number> => writesIn(await metrics(site))
export const eventsWritten = async (site: Site): Promise<number> => creationsIn('events', await metrics(site))

/** Resolves when nobody has changed anything for a second: events and counters of pools may come late. */
export async function quiet(site: Site): Promise<void> {
  const deadline = performance.now() + longestMillis
  for (let before = -1, now = await writesDone(site); now !== before; now = await writesDone(site)) {
    if (performance.now() > deadline) throw new Error(`the API server was not quiet within ${longestMillis} ms`)
    before = now
    await pause(quietMillis)
  }
}
