import { join } from 'node:path'
import type { CoreV1Event, V1Condition, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

const root = join(import.meta.dirname, '..')
const namespace = 'metallb-system'
const healthPorts = { controller: 17_471, speaker: 17_472 } as const

/** Controller and two speakers with the rights of their service accounts. */
describe('what speakers know of the network, at a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab
  const processes: LabProcess[] = []

  const apply = (...items: object[]) =>
    lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const read = async <T>(...argv: string[]): Promise<T> => JSON.parse(await lab.kubectl(['get', ...argv, '-o', 'json']))
  const pool = (name: string, addresses: string[], spec: object = {}) => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name, namespace } },
    spec: { addresses, ...spec },
  })
  const service = (name: string, annotations: object = {}, spec: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', annotations } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
  })
  const conditionOf = async (name: string): Promise<V1Condition | undefined> => {
    const { status } = await read<V1Service>('service', name)
    return status?.conditions?.find(({ type }) => type === 'metallb.io/Allocated')
  }
  const addressesOf = (name: string) =>
    until(`${name} has an address`, async () => {
      const { status } = await read<V1Service>('service', name)
      return status?.loadBalancer?.ingress?.map(({ ip }) => ip)
    })
  const eventOf = (name: string, reason: string) =>
    until(`event ${reason} of ${name}`, async () => {
      const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`
      const { items } = await read<{ items: CoreV1Event[] }>('events', selector)
      return items[0]?.message
    })

  before(async () => {
    lab = await FastLab.start({ nodes: 2 })
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    await spawn('controller', 1, { METALLB_POD_NAME: 'controller' })
    for (const node of [1, 2]) await spawn('speaker', node, { METALLB_NODE_NAME: `n${node}` })
  })
  after(async () => {
    await Promise.all(processes.map((process) => process.stop()))
    await lab?.stop()
  })

  async function spawn(name: keyof typeof healthPorts, node: number, environment: object): Promise<void> {
    const serviceAccount = await lab.serviceAccountDirectory(namespace, name)
    const argv = [process.execPath, join(root, name, 'main.ts'), '--port=0', '--log-level=debug']
    const env = { ...process.env, ...environment }
    const health = `--health-probe-port=${healthPorts[name]}`
    processes.push(lab.node(node).spawn([...argv, health], { serviceAccount, env, name }))
  }

  const statusOf = (node: string) =>
    until(`the SpeakerStatus of ${node}`, async () => {
      const { items } = await read<{ items: SpeakerStatus[] }>('-n', namespace, 'speakerstatuses')
      return items.find(({ metadata }) => metadata?.name === node)?.status
    })

  it('is in a SpeakerStatus for each node', async () => {
    const { gateway, subnet } = lab.addresses
    for (const [index, node] of ['n1', 'n2'].entries()) {
      const status = await statusOf(node)
      expect(status.defaultGateways).to.include.members([gateway.v4, gateway.v6])
      expect(status.networks).to.deep.include({ interface: 'eth0', prefix: subnet.v4 })
      expect(status.hardwareAddresses).to.include(lab.node(index + 1).mac)
      expect(status.version).to.match(/^\d+\.\d+\.\d+/)
    }
  })

  it('keeps the default gateway of the nodes from Services, and says so to one that asks for it', async () => {
    const { v4: gateway } = lab.addresses.gateway
    const next = gateway.replace(/\.1$/, '.0')
    await apply(pool('with-gateway', [`${next}-${gateway}`, `${lab.addresses.vip(0).v4}/32`]))
    await apply(service('first'), service('second'))
    const given = [await addressesOf('first'), await addressesOf('second')].flat().sort()
    expect(given).to.deep.equal([next, lab.addresses.vip(0).v4])

    await apply(service('wants-it', { 'metallb.io/loadBalancerIPs': gateway }))
    const message = `${gateway} is the default gateway of node n1`
    expect(await eventOf('wants-it', 'AllocationFailed')).to.include(message)
    expect(await conditionOf('wants-it')).to.include({ status: 'False', reason: 'Gateway', message })
  })

  it('changes with the routes of the node: an address that is no gateway any more is given', async () => {
    for (const node of [1, 2]) await lab.node(node).exec(['ip', 'route', 'del', 'default'])
    expect(await addressesOf('wants-it')).to.deep.equal([lab.addresses.gateway.v4])
    expect((await statusOf('n1')).defaultGateways).not.to.include(lab.addresses.gateway.v4)
  })

  describe('a pool with probeBeforeUse', () => {
    const probes = async () => (await read<{ items: object[] }>('-n', namespace, 'addressprobes')).items
    const give = (prefix: string) => lab.client.exec(['ip', 'addr', 'add', prefix, 'dev', 'eth0', 'nodad'])
    const vip = (number: number) => lab.addresses.vip(number)

    before(async () => {
      await lab.kubectl(['-n', namespace, 'delete', 'ipaddresspool', '--all'])
      await lab.kubectl(['delete', 'service', 'first', 'second', 'wants-it'])
      await give(`${vip(10).v4}/24`)
      await give(`${vip(10).v6}/64`)
      const addresses = [`${vip(10).v4}-${vip(19).v4}`, `${vip(10).v6}-${vip(19).v6}`]
      await apply(pool('probed', addresses, { probeBeforeUse: true }))
    })

    it('passes over the first address, which a stranger has, and says who that is', async () => {
      await apply(service('new'))
      expect(await addressesOf('new')).to.deep.equal([vip(11).v4])
      expect(await conditionOf('new')).to.include({ status: 'True', reason: 'Allocated' })
      expect(await eventOf('new', 'AddressInUse')).to.include(
        `${vip(10).v4} is in use on the network by ${lab.client.mac}`,
      )
      expect(await eventOf('new', 'IPAllocated')).to.include(vip(11).v4)
    })

    it('refuses an address that is asked for and that a stranger has', async () => {
      await give(`${vip(15).v4}/24`)
      await apply(service('picky', { 'metallb.io/loadBalancerIPs': vip(15).v4 }))
      const message = `${vip(15).v4} is in use on the network by ${lab.client.mac}`
      const condition = await until('the refusal', async () => {
        const found = await conditionOf('picky')
        return found?.reason === 'AddressInUse' && found
      })
      expect(condition).to.include({ status: 'False', message })
    })

    it('does so for IPv6 too', async () => {
      await apply(service('six', {}, { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }))
      expect(await addressesOf('six')).to.deep.equal([vip(11).v6])
      expect(await eventOf('six', 'AddressInUse')).to.include(
        `${vip(10).v6} is in use on the network by ${lab.client.mac}`,
      )
    })

    it('leaves no question behind', async () => {
      await until('no AddressProbe is there', async () => (await probes()).length === 0)
    })

    it('gives an address out that no speaker is near to, and says so', async () => {
      await apply(pool('elsewhere', ['198.51.100.7/32'], { probeBeforeUse: true, autoAssign: false }))
      await apply(service('far', { 'metallb.io/address-pool': 'elsewhere' }))
      expect(await addressesOf('far')).to.deep.equal(['198.51.100.7'])
      expect(await eventOf('far', 'NotProbed')).to.include('no speaker is on its network')
    })

    it('gives addresses out also while no speaker answers', async () => {
      await Promise.all(processes.splice(1).map((speaker) => speaker.stop()))
      await apply(service('alone'))
      expect(await addressesOf('alone')).to.have.length(1)
      expect(await eventOf('alone', 'NotProbed')).to.include('did not answer')
    })
  })
})
