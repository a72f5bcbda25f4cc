// Long connections through an address, in a whole cluster, while speakers are replaced or die.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from '../../hack/lab/cluster.ts'
import { mustRun } from '../../hack/lab/command.ts'
import { startFlows } from '../../hack/lab/flows.ts'
import {
  answeringNode,
  askAfresh,
  killBundle,
  nodeNamed,
  replaceSpeakers,
  serveWeb,
  signalKubelet,
} from '../../hack/lab/metallb.ts'
import { build } from '../slice/fixture.ts'

/** How many of 100 connections live on. */
export interface Flows {
  /** All speakers are replaced, one after the other. */
  readonly update: number
  /** The speaker of the address's owner is killed, and stays dead for the time of the measurement. */
  readonly kill: number
}

const connections = 100
/** Shorter than a stand-in lasts. */
const deadMillis = 15_000
const root = join(import.meta.dirname, '../..')

export async function measureFlows(): Promise<Flows> {
  await build()
  await mustRun([process.execPath, join(root, 'hack/image/main.ts'), '-o', 'json'])
  const lab = await Cluster.start({ nodes: 3 })
  try {
    const address = await serveWeb(lab)
    const start = () => startFlows(lab, address, connections)
    const ownerNow = async () => {
      await askAfresh(lab, address)
      return answeringNode(lab, address)
    }

    const updated = await start()
    const owner = await ownerNow()
    await replaceSpeakers(lab)
    const update = await updated.living()
    console.error(`  speakers updated: ${update} of ${connections} connections live; ${owner} -> ${await ownerNow()}`)
    await updated.stop()

    const kept = await start()
    const node = nodeNamed(lab, (await ownerNow()) ?? '')
    await signalKubelet(node, 'STOP')
    await killBundle(node, 'speaker')
    await pause(deadMillis)
    const kill = await kept.living()
    console.error(
      `  speaker on ${node.name} killed: ${kill} of ${connections} connections live, at ${await ownerNow()}`,
    )
    await signalKubelet(node, 'CONT')
    await kept.stop()
    return { update, kill }
  } finally {
    await lab.stop()
  }
}
