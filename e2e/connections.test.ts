import { expect } from 'chai'
import { Cluster } from '../hack/lab/cluster.ts'
import { startFlows } from '../hack/lab/flows.ts'
import {
  answeringNode,
  askAfresh,
  killBundle,
  nodeNamed,
  replaceSpeakers,
  rollout,
  serveWeb,
  signalKubelet,
} from '../hack/lab/metallb.ts'
import type { LabNode } from '../hack/lab/node.ts'
import { until } from '../hack/lab/wait.ts'

const minute = 60_000
const connections = 100

describe('connections through an address in a whole cluster', function () {
  this.timeout(5 * minute)
  let lab: Cluster
  let address: string

  const owner = async (): Promise<LabNode> => {
    await askAfresh(lab, address)
    return nodeNamed(lab, (await answeringNode(lab, address)) ?? '')
  }
  /** Asks for the page over and over, each time with a new connection and an empty neighbour table; how often in vain. */
  const failuresDuring = async (event: () => Promise<unknown>): Promise<{ failed: number; asked: number }> => {
    let isOver = false
    const over = event().finally(() => {
      isOver = true
    })
    let [asked, failed] = [0, 0]
    while (!isOver) {
      asked++
      if ((await askAfresh(lab, address)).status !== 200) failed++
    }
    await over
    return { asked, failed }
  }

  before(async () => {
    lab = await Cluster.start({ nodes: 3 })
    address = await serveWeb(lab)
  })
  after(() => lab?.stop())

  it('all live on, and no new one fails, while every speaker is replaced; the address stays where it is', async () => {
    const flows = await startFlows(lab, address, connections)
    const { name } = await owner()
    const { asked, failed } = await failuresDuring(() => replaceSpeakers(lab))
    expect(asked).to.be.above(10)
    expect(failed).to.equal(0)
    expect(await flows.living()).to.equal(connections)
    expect((await owner()).name).to.equal(name)
    await flows.stop()
  })

  it('all live on while the speaker of their node is dead, and new ones are taken by the same node', async () => {
    const flows = await startFlows(lab, address, connections)
    const node = await owner()
    await signalKubelet(node, 'STOP')
    await killBundle(node, 'speaker')
    // A client that asked before the stand-in was there asks again a second later.
    await until('the page again', async () => (await askAfresh(lab, address)).status === 200)
    for (let turn = 0; turn < 10; turn++) {
      expect((await askAfresh(lab, address)).status).to.equal(200)
      expect((await owner()).name).to.equal(node.name)
    }
    expect(await flows.living()).to.equal(connections)
    await signalKubelet(node, 'CONT')
    await flows.stop()
  })

  it('can be made again soon after the node of the address has lost its power', async () => {
    const node = await owner()
    const elsewhere = lab.nodes.find(({ name }) => name !== node.name)!.name
    const pinned = { spec: { replicas: 1, template: { spec: { nodeName: elsewhere } } } }
    await lab.kubectl(['patch', 'deployment', 'web', '-p', JSON.stringify(pinned)])
    await rollout(lab, 'deployment/web')
    await until('the page from the pod elsewhere', async () => (await askAfresh(lab, address)).body.includes(elsewhere))
    const began = performance.now()
    await node.powerOff()
    await until('the page again', async () => (await askAfresh(lab, address)).status === 200, { intervalMillis: 1 })
    expect(performance.now() - began).to.be.below(10_000) // a bound; the time is measured in bench/
    expect((await owner()).name).not.to.equal(node.name)
    await node.powerOn()
    await until('the address is back', async () => (await owner()).name === node.name, { timeoutMillis: minute })
  })
})
