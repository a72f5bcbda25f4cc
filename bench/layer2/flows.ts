// Long connections through an address, in a whole cluster, while speakers are replaced or die.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from '../../hack/lab/cluster.ts'
import { mustRun } from '../../hack/lab/command.ts'
import {
  addressesOf,
  answeringNode,
  askAfresh,
  createMetalLB,
  installOperator,
  killBundle,
  namespace,
  nodeNamed,
  poolAndAdvertisement,
  rollout,
  signalKubelet,
  webService,
} from '../../hack/lab/metallb.ts'
import { until } from '../../hack/lab/wait.ts'
import { startLineProcess } from '../line-process.ts'
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
    const address = await install(lab)
    const script = join(import.meta.dirname, 'flow-process.ts')
    const start = () => startLineProcess(lab.client.netns, script, address, '80', `${connections}`)
    const ownerNow = async () => {
      await askAfresh(lab, address)
      return answeringNode(lab, address)
    }

    const updated = await start()
    const owner = await ownerNow()
    await lab.kubectl(['-n', namespace, 'rollout', 'restart', 'daemonset/speaker'])
    await lab.kubectl(['-n', namespace, 'rollout', 'status', 'daemonset/speaker', '--timeout=180s'])
    const update = Number(await updated.ask('count'))
    console.error(`  speakers updated: ${update} of ${connections} connections live; ${owner} -> ${await ownerNow()}`)
    await updated.stop()

    const kept = await start()
    const node = nodeNamed(lab, (await ownerNow()) ?? '')
    await signalKubelet(node, 'STOP')
    await killBundle(node, 'speaker')
    await pause(deadMillis)
    const kill = Number(await kept.ask('count'))
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

async function install(lab: Cluster): Promise<string> {
  await installOperator(lab)
  await createMetalLB(lab)
  const web = webService({ name: 'web', replicas: 3, externalTrafficPolicy: 'Cluster' })
  await lab.kubectl(['apply', '-f', '-'], { input: `${poolAndAdvertisement([lab.addresses.vipRange.v4])}---${web}` })
  await rollout(lab, 'deployment/web')
  const [address = ''] = await addressesOf(lab, 'web')
  await until('the page', async () => (await askAfresh(lab, address)).status === 200, { timeoutMillis: 30_000 })
  return address
}
