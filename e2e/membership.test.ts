import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Digests } from '../announcement/digests.ts'
import { rankCandidates } from '../announcement/rank.ts'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, pool, service } from './objects.fixture.ts'

const nodeNames = ['n1', 'n2', 'n3']
const numberOf = (node: string): number => nodeNames.indexOf(node) + 1
const digests = new Digests()

/** Three speakers that hear each other. The API server never learns that one of them is gone: there are no kubelets. */
describe('speakers with a member list', function () {
  this.timeout(60_000)
  let metallb: Installation
  let lab: FastLab
  let address: string
  let secrets: string
  const speakers = new Map<string, LabProcess>()

  before(async () => {
    secrets = mkdtempSync(join(tmpdir(), 'secret-'))
    writeFileSync(join(secrets, 'secretkey'), 'AAECAwQFBgcICQoLDA0ODw')
    metallb = await Installation.start({ nodes: nodeNames.length })
    lab = metallb.lab
    await metallb.apply(pool('lan', { addresses: [lab.addresses.vipRange.v4] }))
    await metallb.apply(object('L2Advertisement', 'lan', {}), ...nodeNames.map(speakerPod))
    for (const node of nodeNames) await setPodStatus(node)
    await metallb.spawn('controller')
    for (const node of nodeNames) await startSpeaker(node)
    await metallb.apply(service('web'), endpointSlice)
    address = (await metallb.addressesOf('web'))[0]!
  })
  after(async () => {
    await metallb?.stop()
    rmSync(secrets, { recursive: true })
  })

  const podAddress = (node: string) => lab.node(numberOf(node)).address.v4

  async function startSpeaker(node: string, { directory = secrets, isReady = true } = {}): Promise<void> {
    const names = { METALLB_NODE_NAME: node, METALLB_POD_NAME: `speaker-${node}` }
    const env = { ...names, METALLB_ML_BIND_ADDR: podAddress(node), METALLB_ML_SECRET_KEY_PATH: directory }
    const how = { node: numberOf(node), env }
    speakers.set(node, isReady ? await metallb.run('speaker', how) : await metallb.spawn('speaker', how))
  }

  const setPodStatus = (node: string) => {
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: null }
    const status = {
      conditions: [ready],
      phase: 'Running',
      podIP: podAddress(node),
      podIPs: [{ ip: podAddress(node) }],
    }
    const patch = ['--subresource=status', '-p', JSON.stringify({ status })]
    return lab.kubectl(['patch', 'pod', `speaker-${node}`, '-n', namespace, ...patch])
  }

  /** Whose MACs answer broadcast requests of the client, asked for so many seconds. */
  async function answering(seconds = 1): Promise<string[]> {
    const asking = ['arping', '-I', 'eth0', '-b', '-c', `${seconds + 1}`, '-w', `${seconds}`, address]
    const { stdout } = await lab.client.exec(asking)
    const macs = [...stdout.matchAll(/\[([0-9A-F:]{17})\]/gi)].map(([, mac]) => mac!.toLowerCase())
    return nodeNames.filter((node) => macs.includes(lab.node(numberOf(node)).mac))
  }

  const owner = () => rankCandidates(nodeNames, address, digests)[0]!
  const successor = () => rankCandidates(nodeNames, address, digests)[1]!

  const answersFrom = (node: string) =>
    until(`answers from ${node} alone`, async () => (await answering()).join() === node, { timeoutMillis: 15_000 })

  it('know of each other, and one of them answers', async () => {
    await answersFrom(owner())
    for (const node of nodeNames) {
      await until(`${node} has told that it sees three`, async () => {
        const { status } = await metallb.read<SpeakerStatus>('speakerstatus', node, namespace)
        return status?.members?.seen === 3 && status.members.serving === 3 && status.phase === 'Serving'
      })
    }
  })

  it('leave an address where it is when the speaker of its node is killed: another one answers in its name', async () => {
    speakers.get(owner())!.kill('SIGKILL')
    expect(await answering(3)).to.deep.equal([owner()])
    await startSpeaker(owner())
    expect(await answering(2)).to.deep.equal([owner()])
  })

  it('leave it there too when the speaker stops in good order, which takes less than a second', async function () {
    const startedMillis = performance.now()
    const { code } = await speakers.get(owner())!.stop()
    const millis = performance.now() - startedMillis
    expect(code).to.equal(0)
    expect(millis).to.be.below(1000)
    this.test!.title += ` (${Math.round(millis)} ms)`
    expect(await answering(3)).to.deep.equal([owner()])
    await startSpeaker(owner())
    expect(await answering(2)).to.deep.equal([owner()])
  })

  it('take the address of a node over whose network is gone, and give it back', async () => {
    const node = lab.node(numberOf(owner()))
    await node.exec(['ip', 'link', 'set', 'eth0', 'down'])
    await answersFrom(successor())
    await node.exec(['ip', 'link', 'set', 'eth0', 'up'])
    await answersFrom(owner())
  })

  it('go on while the API server is away, also for one of them that starts meanwhile and cannot serve', async () => {
    const away = async (verb: string) => {
      const route = ['ip', 'route', verb, 'blackhole', `${lab.addresses.controlPlane.v4}/32`]
      for (const node of nodeNames) await lab.node(numberOf(node)).exec(route)
    }
    await away('add')
    speakers.get(owner())!.kill('SIGKILL')
    expect(await answering(2)).to.deep.equal([owner()])
    await startSpeaker(owner(), { isReady: false })
    expect(await answering(4)).to.deep.equal([owner()])
    const { status, body } = await metallb.readiness('speaker', numberOf(owner()))
    expect([status, body.trim()]).to.deep.equal([503, 'starting'])
    await away('del')
    await until('ready', async () => (await metallb.readiness('speaker', numberOf(owner()))).status === 200)
    expect(await answering(2)).to.deep.equal([owner()])
  })

  it('keep one owner even when two groups of them cannot understand each other', async () => {
    for (const speaker of speakers.values()) speaker.kill('SIGKILL')
    const other = join(secrets, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'secretkey'), 'another')
    await Promise.all(nodeNames.map((node) => startSpeaker(node, { directory: node === owner() ? other : secrets })))
    const only = await until('one owner', async () => {
      const nodes = await answering(2)
      return nodes.length === 1 && nodes[0]
    })
    for (let round = 0; round < 3; round++) expect(await answering(2)).to.deep.equal([only])
    speakers.get(only)!.kill('SIGKILL')
    await lab.node(numberOf(only)).exec(['ip', 'link', 'set', 'eth0', 'down'])
    await until('another owner', async () => {
      const nodes = await answering(2)
      return nodes.length === 1 && nodes[0] !== only
    })
  })
})

const speakerPod = (node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `speaker-${node}`, namespace, labels: { app: 'metallb', component: 'speaker' } },
  spec: { nodeName: node, serviceAccountName: 'speaker', containers: [{ name: 'speaker', image: 'none' }] },
})

const endpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.1.10'], conditions: { ready: true, serving: true }, nodeName: 'n1' }],
}
