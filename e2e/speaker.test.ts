import { expect } from 'chai'
import { Digests } from '../announcement/digests.ts'
import { rankCandidates } from '../announcement/rank.ts'
import type { ConfigurationState, ServiceL2Status } from '../crds/generated/types.ts'
import type { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, pool, service } from './objects.fixture.ts'

const nodeNames = ['n1', 'n2']

/** Controller and two speakers with the rights of their service accounts. No kubelets: the test is these. */
describe('speakers at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let lab: FastLab
  let address: string
  const speakers = new Map<string, LabProcess>()

  const patchStatus = (resource: string, status: object, ...argv: string[]) => {
    const patch = ['--subresource=status', '-p', JSON.stringify({ status })]
    return lab.kubectl(['patch', ...argv, ...resource.split(' '), ...patch])
  }
  const applyPool = (name: string, ...addresses: string[]) => metallb.apply(pool(name, { addresses }))
  const removePool = (name: string) => metallb.remove('ipaddresspool', name, namespace)

  before(async () => {
    metallb = await Installation.start({ nodes: nodeNames.length })
    lab = metallb.lab
    const { v4, v6 } = lab.addresses.vipRange
    await applyPool('lan', v4, v6)
    await metallb.apply(object('L2Advertisement', 'lan', {}), ...nodeNames.map(speakerPod))
    for (const node of nodeNames) await setPodReady(node, true)
    await metallb.spawn('controller')
    for (const node of nodeNames) await startSpeaker(node)
    await metallb.apply(service('web'), endpointSlice('web', 'n1'))
    address = (await metallb.addressesOf('web'))[0]!
  })
  after(() => metallb?.stop())

  async function startSpeaker(node: string): Promise<void> {
    const env = { METALLB_NODE_NAME: node, METALLB_POD_NAME: `speaker-${node}` }
    speakers.set(node, await metallb.spawn('speaker', { node: numberOf(node), env }))
  }

  const setPodReady = (node: string, ready: boolean) => {
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: null }
    return patchStatus(`pod speaker-${node}`, { conditions: [condition] }, '-n', namespace)
  }

  /** The nodes that answer two broadcast requests of the client. */
  async function answering(): Promise<string[]> {
    const { stdout } = await lab.client.exec(['arping', '-I', 'eth0', '-b', '-c', '2', '-w', '2', address])
    const macs = [...stdout.matchAll(/\[([0-9A-F:]{17})\]/gi)].map(([, mac]) => mac!.toLowerCase())
    return nodeNames.filter((node) => macs.includes(lab.node(numberOf(node)).mac))
  }

  async function answersFrom(...nodes: string[]): Promise<void> {
    await until(`answers from ${nodes.join()} alone`, async () => (await answering()).join() === nodes.join(), {
      timeoutMillis: 15_000,
    })
  }

  const digests = new Digests()
  const owner = () => rankCandidates(nodeNames, address, digests)[0]!
  const successor = () => rankCandidates(nodeNames, address, digests)[1]!

  const l2Statuses = async () => (await metallb.list<ServiceL2Status>('servicel2statuses')).map(({ status }) => status)

  it('answer from the node that the hash elects, and from no other', async () => {
    await answersFrom(owner())
  })

  it('say in one ServiceL2Status which node announces', async () => {
    const status = { node: owner(), serviceName: 'web', serviceNamespace: 'default' }
    await until('the status object', async () => JSON.stringify(await l2Statuses()) === JSON.stringify([status]))
  })

  it('make the status object the property of their pod', async () => {
    const [only] = await metallb.list<ServiceL2Status>('servicel2statuses')
    expect(only?.metadata?.ownerReferences?.map(({ kind, name }) => [kind, name])).to.deep.equal([
      ['Pod', `speaker-${owner()}`],
    ])
  })

  it('tell with an event which node announces', async () => {
    expect(await metallb.eventOf('web', 'nodeAssigned'))
      .to.include(owner())
      .and.include('layer2')
  })

  it('make up for a status object that somebody deletes', async () => {
    await metallb.kubectl('delete', 'servicel2statuses', '--all')
    await until('the status object', async () => (await l2Statuses())[0]?.node === owner())
  })

  it('move the address while the network of its node is unavailable', async () => {
    const condition = (status: string) => ({ conditions: [{ type: 'NetworkUnavailable', status }] })
    await patchStatus(`node ${owner()}`, condition('True'))
    await answersFrom(successor())
    await until(
      'one status object',
      async () => (await l2Statuses()).map((status) => status?.node).join() === successor(),
    )
    await patchStatus(`node ${owner()}`, condition('False'))
    await answersFrom(owner())
  })

  it('move the address while its node is labelled to be excluded', async () => {
    const label = 'node.kubernetes.io/exclude-from-external-load-balancers'
    await lab.kubectl(['label', 'node', owner(), `${label}=`])
    await answersFrom(successor())
    await lab.kubectl(['label', 'node', owner(), `${label}-`])
    await answersFrom(owner())
  })

  it('follow the endpoints under the Local policy', async () => {
    await metallb.apply(endpointSlice('web', successor()), service('web', {}, { externalTrafficPolicy: 'Local' }))
    await answersFrom(successor())
    await metallb.apply(service('web', {}, { externalTrafficPolicy: 'Cluster' }))
    await answersFrom(owner())
  })

  it('fall silent while no endpoint is ready', async () => {
    await metallb.apply(endpointSlice('web', 'n1', false))
    await answersFrom()
    await metallb.apply(endpointSlice('web', 'n1'))
    await answersFrom(owner())
  })

  it('move the address when the speaker of its node dies, and back when it is ready again', async () => {
    speakers.get(owner())!.kill('SIGKILL')
    await setPodReady(owner(), false)
    await answersFrom(successor())
    await startSpeaker(owner())
    await setPodReady(owner(), true)
    await answersFrom(owner())
  })

  it('go on with the last valid configuration, and say what is wrong with the new one', async () => {
    const stateOf = async () =>
      (await metallb.read<ConfigurationState>('configurationstate', `speaker-${owner()}`, namespace)).status
    await until('a valid configuration', async () => (await stateOf())?.result === 'Valid')
    await applyPool('overlapping', lab.addresses.vipRange.v4)
    await until('an invalid configuration', async () => (await stateOf())?.result === 'Invalid')
    expect((await stateOf())?.errorSummary).to.include('IPAddressPool overlapping')
    expect(await answering()).to.deep.equal([owner()])
    await removePool('overlapping')
    await until('a valid configuration', async () => (await stateOf())?.result === 'Valid')
  })

  it('answer Neighbor Discovery for an IPv6 address', async () => {
    await metallb.apply(service('web6', {}, { ipFamilies: ['IPv6'] }), endpointSlice('web6', 'n1'))
    const address6 = (await metallb.addressesOf('web6'))[0]!
    const { mac } = lab.node(numberOf(rankCandidates(nodeNames, address6, digests)[0]!))
    await until(`${address6} at the MAC of its node`, async () => {
      await lab.client.exec(['bash', '-c', `echo > /dev/udp/${address6}/9`])
      const { stdout } = await lab.client.exec(['ip', 'neigh', 'show', address6])
      return stdout.includes(`lladdr ${mac} REACHABLE`)
    })
    await metallb.remove('service', 'web6')
    await until('one status object', async () => (await l2Statuses()).length === 1)
  })

  it('are not ready when they start under an invalid configuration, so that a rollout stops at the first', async () => {
    const readiness = () => metallb.readiness('speaker', numberOf(owner()))
    await until('ready', async () => (await readiness()).status === 200)
    await applyPool('overlapping', lab.addresses.vipRange.v4)
    await speakers.get(owner())!.stop()
    await startSpeaker(owner())
    await until('the reason', async () => {
      const { status, body } = await readiness()
      return status === 503 && body.includes('no configuration is in force')
    })
    await removePool('overlapping')
    await until('ready', async () => (await readiness()).status === 200)
    await answersFrom(owner())
  })

  it('stop answering on SIGTERM', async () => {
    const { code } = await speakers.get(owner())!.stop()
    expect(code).to.equal(0)
    await answersFrom()
    await startSpeaker(owner())
    await answersFrom(owner())
  })

  it('stop answering and remove the status object when the Service is deleted', async () => {
    await metallb.remove('service', 'web')
    await answersFrom()
    await until('no status object', async () => (await l2Statuses()).length === 0)
  })
})

const numberOf = (node: string): number => nodeNames.indexOf(node) + 1

const speakerPod = (node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `speaker-${node}`, namespace, labels: { app: 'metallb', component: 'speaker' } },
  spec: { nodeName: node, serviceAccountName: 'speaker', containers: [{ name: 'speaker', image: 'none' }] },
})

const endpointSlice = (name: string, nodeName: string, ready = true) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.1.10'], conditions: { ready, serving: ready }, nodeName }],
})
