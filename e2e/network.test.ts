import type { V1Condition, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { pool, service } from './objects.fixture.ts'

/** Controller and two speakers with the rights of their service accounts. */
describe('what speakers know of the network, at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let lab: FastLab
  const speakers: LabProcess[] = []

  const range = (name: string, addresses: string[], spec: object = {}) => pool(name, { addresses, ...spec })
  const conditionOf = async (name: string): Promise<V1Condition | undefined> => {
    const { status } = await metallb.read<V1Service>('service', name)
    return status?.conditions?.find(({ type }) => type === 'metallb.io/Allocated')
  }
  const statusOf = (node: string) =>
    until(`the SpeakerStatus of ${node}`, async () => {
      const statuses = await metallb.list<SpeakerStatus>('speakerstatuses')
      return statuses.find(({ metadata }) => metadata?.name === node)?.status
    })

  before(async () => {
    metallb = await Installation.start({ nodes: 2 })
    lab = metallb.lab
    await metallb.spawn('controller', { env: { METALLB_POD_NAME: 'controller' } })
    for (const node of [1, 2])
      speakers.push(await metallb.spawn('speaker', { node, env: { METALLB_NODE_NAME: `n${node}` } }))
  })
  after(() => metallb?.stop())

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
    await metallb.apply(range('with-gateway', [`${next}-${gateway}`, `${lab.addresses.vip(0).v4}/32`]))
    await metallb.apply(service('first'), service('second'))
    const given = [await metallb.addressesOf('first'), await metallb.addressesOf('second')].flat().sort()
    expect(given).to.deep.equal([next, lab.addresses.vip(0).v4])

    await metallb.apply(service('wants-it', { annotations: { 'metallb.io/loadBalancerIPs': gateway } }))
    const message = `${gateway} is the default gateway of node n1`
    expect(await metallb.eventOf('wants-it', 'AllocationFailed')).to.include(message)
    expect(await conditionOf('wants-it')).to.include({ status: 'False', reason: 'Gateway', message })
  })

  it('changes with the routes of the node: an address that is no gateway any more is given', async () => {
    for (const node of [1, 2]) await lab.node(node).exec(['ip', 'route', 'del', 'default'])
    expect(await metallb.addressesOf('wants-it')).to.deep.equal([lab.addresses.gateway.v4])
    expect((await statusOf('n1')).defaultGateways).not.to.include(lab.addresses.gateway.v4)
  })

  describe('a pool with probeBeforeUse', () => {
    const give = (prefix: string) => lab.client.exec(['ip', 'addr', 'add', prefix, 'dev', 'eth0', 'nodad'])
    const vip = (number: number) => lab.addresses.vip(number)

    before(async () => {
      await metallb.kubectl('delete', 'ipaddresspool', '--all')
      await lab.kubectl(['delete', 'service', 'first', 'second', 'wants-it'])
      await give(`${vip(10).v4}/24`)
      await give(`${vip(10).v6}/64`)
      const addresses = [`${vip(10).v4}-${vip(19).v4}`, `${vip(10).v6}-${vip(19).v6}`]
      await metallb.apply(range('probed', addresses, { probeBeforeUse: true }))
    })

    it('passes over the first address, which a stranger has, and says who that is', async () => {
      await metallb.apply(service('new'))
      expect(await metallb.addressesOf('new')).to.deep.equal([vip(11).v4])
      expect(await conditionOf('new')).to.include({ status: 'True', reason: 'Allocated' })
      expect(await metallb.eventOf('new', 'AddressInUse')).to.include(
        `${vip(10).v4} is in use on the network by ${lab.client.mac}`,
      )
      expect(await metallb.eventOf('new', 'IPAllocated')).to.include(vip(11).v4)
    })

    it('refuses an address that is asked for and that a stranger has', async () => {
      await give(`${vip(15).v4}/24`)
      await metallb.apply(service('picky', { annotations: { 'metallb.io/loadBalancerIPs': vip(15).v4 } }))
      const message = `${vip(15).v4} is in use on the network by ${lab.client.mac}`
      const condition = await until('the refusal', async () => {
        const found = await conditionOf('picky')
        return found?.reason === 'AddressInUse' && found
      })
      expect(condition).to.include({ status: 'False', message })
    })

    it('does so for IPv6 too', async () => {
      await metallb.apply(service('six', {}, { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }))
      expect(await metallb.addressesOf('six')).to.deep.equal([vip(11).v6])
      expect(await metallb.eventOf('six', 'AddressInUse')).to.include(
        `${vip(10).v6} is in use on the network by ${lab.client.mac}`,
      )
    })

    it('leaves no question behind', async () => {
      await until('no AddressProbe is there', async () => (await metallb.list('addressprobes')).length === 0)
    })

    it('gives an address out that no speaker is near to, and says so', async () => {
      await metallb.apply(range('elsewhere', ['198.51.100.7/32'], { probeBeforeUse: true, autoAssign: false }))
      await metallb.apply(service('far', { annotations: { 'metallb.io/address-pool': 'elsewhere' } }))
      expect(await metallb.addressesOf('far')).to.deep.equal(['198.51.100.7'])
      expect(await metallb.eventOf('far', 'NotProbed')).to.include('no speaker is on its network')
    })

    it('gives addresses out also while no speaker answers', async () => {
      await Promise.all(speakers.map((speaker) => speaker.stop()))
      await metallb.apply(service('alone'))
      expect(await metallb.addressesOf('alone')).to.have.length(1)
      expect(await metallb.eventOf('alone', 'NotProbed')).to.include('did not answer')
    })
  })
})
