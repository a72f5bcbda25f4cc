// What a client misses when nodes, speakers and cables fail: 60 addresses over three nodes, each asked for every 5 ms.
import { setTimeout as pause } from 'node:timers/promises'
import type { Daemon } from '../slice/fixture.ts'
import { isolatePorts } from './isolation.ts'
import { gapsMillis, millisWithTwoOwners, moved, ownersAt, type Recording, unanswered } from './record.ts'
import { type Recorder, startRecorder } from './recorder.ts'
import { atLayer2Site, type Layer2Site } from './site.ts'

/** One value for each run. */
export interface Failovers {
  /** A node's cable is pulled: the longest that an address was not answered. */
  readonly linkMillis: number[]
  /** It is plugged in again, and its addresses come back to it: questions that nobody answered. */
  readonly failbackLost: number[]
  /** A speaker is killed and stays dead: addresses that moved, or were not answered for more than 200 ms. */
  readonly killLost: number[]
  /** A speaker is stopped, and later started again: questions that nobody answered, and addresses that moved. */
  readonly gracefulLost: number[]
  /** The nodes cannot hear each other for 15 s: how long afterwards an address still had two owners. */
  readonly healMillis: number[]
}

const nodes = 3
const addresses = 60
const pool = { addresses: '10.200.0.0/24' }
const intervalMillis = 5
const runs = 5
const healRuns = 3
const standInWithinMillis = 200
/** For whatever follows an event; longer than anything that is expected. */
const aftermathMillis = 2_500
const partitionMillis = 15_000

interface Scene {
  readonly site: Layer2Site
  readonly recorder: Recorder
}

export const measureFailovers = (): Promise<Failovers> =>
  atLayer2Site({ nodes, pools: { first: pool } }, async (site) => {
    await site.serve('web', addresses)
    const recorder = await startRecorder(site.lab.client.netns, {
      first: '10.200.0.0',
      count: addresses,
      intervalMillis,
    })
    const scene = { site, recorder }
    const results: Failovers = { linkMillis: [], failbackLost: [], killLost: [], gracefulLost: [], healMillis: [] }
    for (let run = 0; run < runs; run++) await oneOfEach(scene, 1 + (run % nodes), results)
    for (let run = 0; run < healRuns; run++) results.healMillis.push(await heal(scene))
    await recorder.stop()
    return results
  })

async function oneOfEach(scene: Scene, node: number, results: Failovers): Promise<void> {
  results.gracefulLost.push(await graceful(scene, node))
  results.killLost.push(await kill(scene, node))
  const { gapMillis, lost } = await link(scene, node)
  results.linkMillis.push(gapMillis)
  results.failbackLost.push(lost)
}

async function graceful(scene: Scene, node: number): Promise<number> {
  const seen = await record(scene, async () => {
    await speakerOn(scene, node).stop()
    await pause(aftermathMillis)
    await scene.site.startSpeaker(node)
    await speakerOn(scene, node).ready()
  })
  say(`graceful stop and start on n${node}: ${unanswered(seen, from(seen))} lost, ${moved(seen, from(seen))} moved`)
  return unanswered(seen, from(seen)) + moved(seen, from(seen))
}

async function kill(scene: Scene, node: number): Promise<number> {
  const seen = await record(scene, async () => {
    const speaker = speakerOn(scene, node)
    speaker.kill('SIGKILL')
    await speaker.exited
  })
  const gaps = gapsMillis(seen, from(seen))
  const late = gaps.filter((gap) => gap > standInWithinMillis).length
  say(`speaker on n${node} killed: worst gap ${Math.max(...gaps)} ms, ${moved(seen, from(seen))} moved`)
  await scene.site.startSpeaker(node)
  await speakerOn(scene, node).ready()
  return late + moved(seen, from(seen))
}

async function link(scene: Scene, node: number): Promise<{ gapMillis: number; lost: number }> {
  const host = scene.site.lab.node(node)
  const cut = await record(scene, () => host.cutLink())
  const gaps = gapsMillis(cut, from(cut))
  const restored = await record(scene, () => host.restoreLink())
  const lost = unanswered(restored, from(restored))
  const away = ownersAt(restored, from(restored)).filter((mac) => mac === host.mac).length
  const back = moved(restored, from(restored))
  say(`cable of n${node} pulled: worst gap ${Math.max(...gaps)} ms; plugged in: ${back} back, ${lost} lost`)
  if (away > 0 || back === 0) throw new Error(`pulling the cable of n${node} moved nothing`)
  return { gapMillis: Math.max(...gaps), lost }
}

async function heal(scene: Scene): Promise<number> {
  const { lab } = scene.site
  await isolatePorts(lab, true)
  await pause(partitionMillis)
  const seen = await record(scene, () => isolatePorts(lab, false), { settled: false })
  const millis = millisWithTwoOwners(seen, from(seen))
  const before = millisWithTwoOwners({ ...seen, answers: seen.answers.subarray(0, from(seen) * addresses) }, 0)
  if (before === 0) throw new Error('the partition made no second owner')
  say(`healed: the last address had two owners for ${millis} ms more, ${unanswered(seen, from(seen))} lost`)
  return millis
}

/** Of a time that begins a moment before the event, when all addresses are answered, and ends after its aftermath. */
async function record(
  { recorder }: Scene,
  event: () => Promise<unknown>,
  { settled = true }: { settled?: boolean } = {},
): Promise<Recording> {
  if (settled) await pause(aftermathMillis)
  await recorder.answered()
  await recorder.end()
  await pause(200)
  await recorder.mark('event')
  await event()
  await pause(aftermathMillis)
  return recorder.end()
}

const from = ({ marks }: Recording): number => marks['event'] ?? 0

function speakerOn({ site }: Scene, node: number): Daemon {
  const speaker = site.speakers.get(node)
  if (speaker === undefined) throw new Error(`no speaker runs on n${node}`)
  return speaker
}

const say = (text: string): void => console.error(`  ${text}`)
