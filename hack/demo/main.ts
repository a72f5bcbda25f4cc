/**
 * `node hack/demo/main.ts`: builds, starts a cluster, tells the story; the cluster stays up.
 * DEMO_KEEP=0: it ends by itself, with status 1 when a step was not as told (then it also ends without DEMO_KEEP=0).
 */
import { spawnSync } from 'node:child_process'
import { Cluster } from '../lab/cluster.ts'
import { isOrphan, readLab } from '../lab/state.ts'
import { createNarrator, type Narrator } from './narrator.ts'
import { tellStory } from './story.ts'

const root = new URL('../..', import.meta.url).pathname
const demoName = 'demo'

function runScript(script: string): void {
  const { status, stdout } = spawnSync(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`node ${script} ended with status ${status}: ${stdout}`)
}

/** A demo that ends by itself gets a name of its own, so that it can run beside one that stays. */
async function demo(say: Narrator, keep: boolean): Promise<void> {
  const last = readLab(demoName)
  if (keep && last && !isOrphan(last))
    throw new Error('the last demo is still up: look around with make demo-shell, or end it with make demo-down')
  const name = keep ? { name: demoName } : {}
  await say.during('build the bundles', async () => runScript('hack/build.ts'))
  await say.during('build the image', async () => runScript('hack/image/main.ts'))
  const lab = await say.during('start a cluster of 3 nodes', () =>
    Cluster.start({ nodes: 3, ...name, log: say.output }),
  )
  let told = false
  try {
    await tellStory(lab, say)
    told = true
  } finally {
    if (!keep || !told) await say.during('end the cluster', () => lab.stop())
  }
  if (!keep) return
  lab.keep() // not before: an interrupted demo leaves nothing
  console.log('\nThe cluster stays up. Look around: make demo-shell. End it: make demo-down.')
}

const say = createNarrator()
try {
  await demo(say, process.env['DEMO_KEEP'] !== '0')
} catch (error) {
  console.error(`\nthe demo stopped: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
