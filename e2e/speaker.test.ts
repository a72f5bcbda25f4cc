import { join } from 'node:path'
import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { rankCandidates } from '../announcement/rank.ts'
import type { ConfigurationState, ServiceL2Status } from '../crds/generated/types.ts'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

const root = join(import.meta.dirname, '..')
const namespace = 'metallb-system'
const nodeNames = ['n1', 'n2']
const healthPorts: Record<string, number> = { controller: 17_471, speaker: 17_472 }

/** Controller and two speakers with the rights of their service accounts. No kubelets: the test is these. */
describe('speakers at a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab
  let address: string
  const speakers = new Map<string, LabProcess>()
  const processes: LabProcess[] = []

  const apply = (...items: object[]) =>
    lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const read = async <T>(...argv: string[]): Promise<T> => JSON.parse(await lab.kubectl(['get', ...argv, '-o', 'json']))
  const patchStatus = (resource: string, status: object, ...argv: string[]) => {
    const patch = ['--subresource=status', '-p', JSON.stringify({ status })]
    return lab.kubectl(['patch', ...argv, ...resource.split(' '), ...patch])
  }

  before(async () => {
    lab = await FastLab.start({ nodes: nodeNames.length })
    const { v4, v6 } = lab.addresses.vipRange
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    await apply(pool('lan', v4, v6), advertisement('lan'), ...nodeNames.map(speakerPod))
    for (const node of nodeNames) await setPodReady(node, true)
    const serviceAccount = await lab.serviceAccountDirectory(namespace, 'controller')
    processes.push(lab.node(1).spawn(daemon('controller'), { serviceAccount, name: 'controller' }))
    for (const node of nodeNames) await startSpeaker(node)
    await apply(service('web'), endpointSlice('web', 'n1'))
    address = await until('an address', async () => (await ingressOf('web'))[0], { timeoutMillis: 20_000 })
  })
  after(async () => {
    await Promise.all(processes.map((process) => process.stop()))
    await lab?.stop()
  })

  const daemon = (name: string): string[] => [
    ...[process.execPath, join(root, name, 'main.ts')],
    ...['--port=0', `--health-probe-port=${healthPorts[name]}`, '--log-level=debug'],
  ]

  async function startSpeaker(node: string): Promise<void> {
    const serviceAccount = await lab.serviceAccountDirectory(namespace, 'speaker')
    const env = { ...process.env, METALLB_NODE_NAME: node, METALLB_POD_NAME: `speaker-${node}` }
    const started = lab.node(numberOf(node)).spawn(daemon('speaker'), { serviceAccount, env, name: 'speaker' })
    processes.push(started)
    speakers.set(node, started)
  }

  const setPodReady = (node: string, ready: boolean) => {
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: null }
    return patchStatus(`pod speaker-${node}`, { conditions: [condition] }, '-n', namespace)
  }

  const ingressOf = async (name: string): Promise<string[]> => {
    const { status } = await read<V1Service>('service', name)
    return (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip!)
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

  const owner = () => rankCandidates(nodeNames, address)[0]!
  const successor = () => rankCandidates(nodeNames, address)[1]!

  const l2Statuses = async () =>
    (await read<{ items: ServiceL2Status[] }>('-n', namespace, 'servicel2statuses')).items.map(({ status }) => status)

  it('answer from the node that the hash elects, and from no other', async () => {
    await answersFrom(owner())
  })

  it('say in one ServiceL2Status which node announces', async () => {
    const status = { node: owner(), serviceName: 'web', serviceNamespace: 'default' }
    await until('the status object', async () => JSON.stringify(await l2Statuses()) === JSON.stringify([status]))
  })

  it('make the status object the property of their pod', async () => {
    const { items } = await read<{ items: ServiceL2Status[] }>('-n', namespace, 'servicel2statuses')
    expect(items[0]?.metadata?.ownerReferences?.map(({ kind, name }) => [kind, name])).to.deep.equal([
      ['Pod', `speaker-${owner()}`],
    ])
  })

  it('tell with an event which node announces', async () => {
    const message = await until('the event', async () => {
      const { items } = await read<{ items: CoreV1Event[] }>('events')
      return items.find(({ reason, involvedObject }) => reason === 'nodeAssigned' && involvedObject.name === 'web')
        ?.message
    })
    expect(message).to.include(owner()).and.include('layer2')
  })

  it('make up for a status object that somebody deletes', async () => {
    await lab.kubectl(['-n', namespace, 'delete', 'servicel2statuses', '--all'])
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
    await apply(endpointSlice('web', successor()), service('web', { externalTrafficPolicy: 'Local' }))
    await answersFrom(successor())
    await apply(service('web', { externalTrafficPolicy: 'Cluster' }))
    await answersFrom(owner())
  })

  it('fall silent while no endpoint is ready', async () => {
    await apply(endpointSlice('web', 'n1', false))
    await answersFrom()
    await apply(endpointSlice('web', 'n1'))
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
      (await read<ConfigurationState>('-n', namespace, 'configurationstate', `speaker-${owner()}`)).status
    await until('a valid configuration', async () => (await stateOf())?.result === 'Valid')
    await apply(pool('overlapping', lab.addresses.vipRange.v4))
    await until('an invalid configuration', async () => (await stateOf())?.result === 'Invalid')
    expect((await stateOf())?.errorSummary).to.include('IPAddressPool overlapping')
    expect(await answering()).to.deep.equal([owner()])
    await lab.kubectl(['-n', namespace, 'delete', 'ipaddresspool', 'overlapping'])
    await until('a valid configuration', async () => (await stateOf())?.result === 'Valid')
  })

  it('answer Neighbor Discovery for an IPv6 address', async () => {
    await apply(service('web6', { ipFamilies: ['IPv6'] }), endpointSlice('web6', 'n1'))
    const address6 = await until('an IPv6 address', async () => (await ingressOf('web6'))[0])
    const { mac } = lab.node(numberOf(rankCandidates(nodeNames, address6)[0]!))
    await until(`${address6} at the MAC of its node`, async () => {
      await lab.client.exec(['bash', '-c', `echo > /dev/udp/${address6}/9`])
      const { stdout } = await lab.client.exec(['ip', 'neigh', 'show', address6])
      return stdout.includes(`lladdr ${mac} REACHABLE`)
    })
    await lab.kubectl(['delete', 'service', 'web6'])
    await until('one status object', async () => (await l2Statuses()).length === 1)
  })

  it('are not ready when they start under an invalid configuration, so that a rollout stops at the first', async () => {
    const readiness = () => lab.node(numberOf(owner())).curl(`http://127.0.0.1:${healthPorts['speaker']}/readyz`)
    await until('ready', async () => (await readiness()).status === 200)
    await apply(pool('overlapping', lab.addresses.vipRange.v4))
    await speakers.get(owner())!.stop()
    await startSpeaker(owner())
    await until('the reason', async () => {
      const { status, body } = await readiness()
      return status === 503 && body.includes('no configuration is in force')
    })
    await lab.kubectl(['-n', namespace, 'delete', 'ipaddresspool', 'overlapping'])
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
    await lab.kubectl(['delete', 'service', 'web'])
    await answersFrom()
    await until('no status object', async () => (await l2Statuses()).length === 0)
  })
})

const numberOf = (node: string): number => nodeNames.indexOf(node) + 1

const pool = (name: string, ...addresses: string[]) => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name, namespace },
  spec: { addresses },
})

const advertisement = (name: string) => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'L2Advertisement',
  metadata: { name, namespace },
  spec: {},
})

const speakerPod = (node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `speaker-${node}`, namespace, labels: { app: 'metallb', component: 'speaker' } },
  spec: { nodeName: node, serviceAccountName: 'speaker', containers: [{ name: 'speaker', image: 'none' }] },
})

const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 80 }], ...spec },
})

const endpointSlice = (name: string, nodeName: string, ready = true) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.1.10'], conditions: { ready, serving: ready }, nodeName }],
})
