/** The dozen steps of `make demo`. Each one checks what it tells; the first that is not as told throws. */
import type { Cluster } from '../lab/cluster.ts'
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
  restartsOfSpeakers,
  rollout,
  webService,
} from '../lab/metallb.ts'
import { until } from '../lab/wait.ts'
import type { Narrator } from './narrator.ts'
import { watchOutage } from './outage.ts'

export class StoryError extends Error {
  readonly code = 'not-as-told'
  constructor(expected: string, seen: string) {
    super(`expected ${expected}, but saw: ${seen}`)
    this.name = 'StoryError'
  }
}

function expectThat(fact: boolean, expected: string, seen: string): void {
  if (!fact) throw new StoryError(expected, seen)
}

export async function tellStory(lab: Cluster, say: Narrator): Promise<void> {
  say.step('A Kubernetes cluster runs on this machine, its nodes are network namespaces.')
  say.output(await lab.kubectl(['get', 'nodes', '-o', 'wide']))

  say.step('A Service of type LoadBalancer stays pending: nobody hands out addresses here.')
  await lab.kubectl(['apply', '-f', '-'], {
    input: webService({ name: 'web', replicas: 3, externalTrafficPolicy: 'Cluster' }),
  })
  await rollout(lab, 'deployment/web')
  const before = await lab.kubectl(['get', 'service', 'web'])
  expectThat(before.includes('<pending>'), 'a pending Service', before)
  say.output(before)

  say.step('Install the operator: kubectl apply -f dist/install/metallb-operator.yaml')
  await say.during('operator ready', () => installOperator(lab))

  say.step('One MetalLB resource makes it deploy the controller and a speaker for each node.')
  await say.during('MetalLB available', () => createMetalLB(lab))
  say.output(await lab.kubectl(['-n', namespace, 'get', 'pods', '-o', 'wide']))

  say.step('The administrator gives it a pool of addresses and lets every node announce them.')
  await lab.kubectl(['apply', '-f', '-'], { input: poolAndAdvertisement([lab.addresses.vipRange.v4]) })
  say.output(await lab.kubectl(['-n', namespace, 'get', 'ipaddresspools,l2advertisements']))

  say.step('The Service has an address.')
  const address = (await say.during('address', () => addressesOf(lab, 'web')))[0] ?? ''
  say.output(await lab.kubectl(['get', 'service', 'web']))

  say.step(`A client outside the cluster reads the page: curl http://${address}/`)
  const page = await until('the page answers', async () => {
    const answer = await askAfresh(lab, address)
    return answer.status === 200 ? answer.body : undefined
  })
  say.output(page)

  const owner = (await answeringNode(lab, address)) ?? ''
  say.step(`Node ${owner} answers ARP for ${address}: the client's neighbour table has its MAC address.`)
  say.output((await lab.client.exec(['ip', 'neigh', 'show', address])).stdout)
  const statusOwner = () =>
    lab.kubectl(['-n', namespace, 'get', 'servicel2statuses', '-o', 'jsonpath={.items[*].status.node}'])
  const recorded = await until('a ServiceL2Status', statusOwner)
  expectThat(recorded === owner, `ServiceL2Status to name ${owner}`, recorded)

  say.step(`kill -9 the speaker of ${owner}, while the client asks again and again.`)
  const restarts = await restartsOfSpeakers(lab)
  const outage = await watchOutage(
    lab,
    address,
    () => killBundle(nodeNamed(lab, owner), 'speaker'),
    async () => (await restartsOfSpeakers(lab)) > restarts,
  )
  const answering = await until('somebody answers', () => answeringNode(lab, address))
  say.output(
    `asked ${outage.asked} times, ${outage.lost} without an answer, longest gap ${Math.round(outage.gapMillis)} ms`,
  )
  say.output(`the kubelet has started the speaker again; ${answering} answers`)

  say.step('The status objects tell the same.')
  await say.during('all speakers ready', () => rollout(lab, 'daemonset/speaker', namespace))
  const settled = await until(
    'ServiceL2Status and the wire agree',
    async () => {
      await askAfresh(lab, address)
      const answering = await answeringNode(lab, address)
      return answering !== undefined && (await statusOwner()) === answering ? answering : undefined
    },
    { timeoutMillis: 60_000 },
  )
  say.output(`${settled} answers, and ServiceL2Status names ${settled}`)
  say.output(await lab.kubectl(['-n', namespace, 'get', 'servicel2statuses']))
  say.output(await lab.kubectl(['-n', namespace, 'get', 'configurationstates']))

  say.output(await lab.kubectl(['-n', namespace, 'get', 'metallb']))
}
