import type { V1Secret, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { ConfigurationState, IPAddressPool } from '../crds/generated/types.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { addressesIn, namespace, pool, service } from './objects.fixture.ts'

const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
const foreignCondition = { type: 'example.org/Probed', status: 'True', reason: 'Fine', message: 'not ours' }

/** The controller's process with the rights of its own service account; the objects are what a user would apply. */
describe('the controller at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let controller: LabProcess

  const readService = (name: string) => metallb.read<V1Service>('service', name)
  const readPool = (name: string) => metallb.read<IPAddressPool>('ipaddresspool', name, namespace)
  const applyPool = (name: string, spec: object) => metallb.apply(pool(name, spec))
  const removePool = (name: string) => metallb.remove('ipaddresspool', name, namespace)
  const createService = (name: string, spec: object = {}, annotations: object = {}) =>
    metallb.apply(service(name, { annotations }, spec))
  const env = { METALLB_DEPLOYMENT: 'controller', METALLB_ML_SECRET_NAME: 'memberlist' }

  before(async () => {
    metallb = await Installation.start()
    await applyPool('lan', { addresses: ['172.30.0.200-172.30.0.203', 'fd00:30::200-fd00:30::203'] })
    controller = await metallb.run('controller', { env })
  })
  after(() => metallb?.stop())

  it('gives a Service the lowest address, with the pool as annotation and an event', async () => {
    await createService('first')
    expect(await metallb.addressesOf('first')).to.deep.equal(['172.30.0.200'])
    const { metadata, status } = await readService('first')
    expect(metadata?.annotations?.[poolAnnotation]).to.equal('lan')
    const [condition] = status?.conditions ?? []
    expect(condition).to.include({ type: 'metallb.io/Allocated', status: 'True', reason: 'Allocated' })
    expect(condition?.message).to.equal('172.30.0.200 from pool lan')
    expect(await metallb.eventOf('first', 'IPAllocated'))
      .to.include('172.30.0.200')
      .and.include('lan')
  })

  it('gives both families to a Service that has both', async () => {
    await createService('dual', { ipFamilyPolicy: 'RequireDualStack' })
    expect(await metallb.addressesOf('dual')).to.deep.equal(['172.30.0.201', 'fd00:30::200'])
    await metallb.remove('service', 'dual')
  })

  it('gives the address asked for, by annotation or by field', async () => {
    await createService('by-annotation', {}, { 'metallb.io/loadBalancerIPs': '172.30.0.203' })
    await createService('by-field', { loadBalancerIP: '172.30.0.202' })
    expect(await metallb.addressesOf('by-annotation')).to.deep.equal(['172.30.0.203'])
    expect(await metallb.addressesOf('by-field')).to.deep.equal(['172.30.0.202'])
  })

  it('says why there is no address, and gives one as soon as it is free', async () => {
    await createService('filler')
    await metallb.addressesOf('filler')
    await createService('waiting')
    expect(await metallb.eventOf('waiting', 'AllocationFailed')).to.include('lan: no free IPv4 address')
    await metallb.remove('service', 'by-field')
    expect(await metallb.addressesOf('waiting')).to.deep.equal(['172.30.0.202'])
  })

  it('gives from the pool asked for, also where it is not given from by itself', async () => {
    await applyPool('special', { addresses: ['172.30.0.220/32'], autoAssign: false })
    await createService('pool', {}, { 'metallb.io/address-pool': 'special' })
    expect(await metallb.addressesOf('pool')).to.deep.equal(['172.30.0.220'])
  })

  it('counts in the status of the pool', async () => {
    await until('the counters are right', async () => {
      const { status } = await readPool('lan')
      return status?.assignedIPv4 === 4 && status.availableIPv4 === 0 && status.availableIPv6 === 4
    })
  })

  it('counts addresses beyond what a number can hold', async () => {
    await applyPool('vast', { addresses: ['fd00:31::/64'], autoAssign: false })
    await until('the counters are there', async () => {
      const path = 'jsonpath={.status.availableIPv6}'
      return (await metallb.kubectl('get', 'ipaddresspool', 'vast', '-o', path)) === '9223372036854775807'
    })
    await removePool('vast')
  })

  it('takes the address and its annotation back when the type changes, and leaves the conditions of others', async () => {
    const patch = JSON.stringify({
      status: { conditions: [{ ...foreignCondition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    })
    await metallb.lab.kubectl(['patch', 'service', 'filler', '--subresource=status', '--type=strategic', '-p', patch])
    await metallb.lab.kubectl(['patch', 'service', 'filler', '-p', '{"spec":{"type":"ClusterIP"}}'])
    const service = await until('filler has nothing of ours', async () => {
      const found = await readService('filler')
      return addressesIn(found).length === 0 && !found.metadata?.annotations?.[poolAnnotation] && found
    })
    expect(service.status?.conditions?.map(({ type }) => type)).to.deep.equal([foreignCondition.type])
    expect(service.status?.conditions?.[0]).to.include(foreignCondition)
    expect(await metallb.eventOf('filler', 'IPReleased')).to.match(
      /^released 172\.30\.0\.\d+ of pool lan: its type is ClusterIP$/,
    )
  })

  it('says whether a pool is valid, beside what others say about it', async () => {
    const patch = JSON.stringify({
      status: { conditions: [{ ...foreignCondition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    })
    const flags = ['--subresource=status', '--type=merge', '-p', patch, '--field-manager=auditor']
    await metallb.kubectl('patch', 'ipaddresspool', 'special', ...flags)
    const types = await until('both conditions are there', async () => {
      const { status } = await readPool('special')
      const sorted = status?.conditions?.map(({ type, status: is }) => `${type} ${is}`).sort()
      return sorted?.length === 2 && sorted
    })
    expect(types).to.deep.equal(['Valid True', 'example.org/Probed True'])
  })

  it('keeps every address over a restart, without a single write', async () => {
    const versions = async () => {
      const services = await metallb.list<V1Service>('services')
      return services.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`)
    }
    const before = await versions()
    await controller.stop()
    controller = await metallb.run('controller', { env })
    expect(await versions()).to.deep.equal(before)
    await createService('afterwards')
    expect(await metallb.addressesOf('afterwards')).to.deep.equal(['172.30.0.201'])
  })

  it('keeps the last good configuration when a pool overlaps another, and says what to do', async () => {
    await applyPool('overlapping', { addresses: ['172.30.0.0/24'] })
    const stateOf = async () =>
      (await metallb.read<ConfigurationState>('configurationstate', 'controller', namespace)).status
    const invalid = await until('the state is Invalid', async () => {
      const status = await stateOf()
      return status?.result === 'Invalid' && status
    })
    expect(invalid.errorSummary).to.match(
      /IPAddressPool \w+: spec\.addresses\[\d\]: ".*" overlaps .*: let every address/,
    )
    expect(await metallb.eventOf('overlapping', 'ConfigurationError')).to.include('overlaps')
    const faulty = await until('the pool says so', async () => {
      const { status } = await readPool('overlapping')
      return status?.conditions?.[0]?.status === 'False' && status
    })
    expect(faulty).to.include({ assignedIPv4: 0, availableIPv4: 0 })
    expect(faulty.conditions?.[0]).to.include({ type: 'Valid', reason: 'ConfigurationError' })
    expect(addressesIn(await readService('first'))).to.deep.equal(['172.30.0.200'])
    await removePool('overlapping')
    await until('the state is Valid', async () => (await stateOf())?.result === 'Valid')
  })

  describe('lets kubectl describe explain', () => {
    const taken = { 'metallb.io/loadBalancerIPs': '172.30.0.200' }
    const from = (name: string) => ({ 'metallb.io/address-pool': name })
    const cases: [what: string, ownPool: object | undefined, annotations: object, spec: object, explanation: RegExp][] =
      [
        [
          'overlapping pools',
          { addresses: ['172.30.0.200-172.30.0.230'] },
          from('overlapping-pools'),
          {},
          /pool overlapping-pools .* does not exist\. An older configuration is in force: .* overlaps .*: let every address/,
        ],
        [
          'a range written backwards',
          { addresses: ['fd00:30::9-fd00:30::1'] },
          from('a-range-written-backwards'),
          {},
          /does not exist\. An older .*"fd00:30::9-fd00:30::1" ends before it starts: write the lower address first/,
        ],
        [
          'an IPv6 pool for an IPv4 Service',
          { addresses: ['fd00:32::/120'], autoAssign: false },
          from('an-ipv6-pool-for-an-ipv4-service'),
          {},
          /an-ipv6-pool-for-an-ipv4-service: (has )?no IPv4 addresses/,
        ],
        ['a wanted address that is taken', undefined, taken, {}, /172\.30\.0\.200 is in use by default\/first/],
        [
          'an exhausted pool',
          { addresses: ['172.30.1.1/32'], autoAssign: false },
          from('an-exhausted-pool'),
          {},
          /no free IPv4/,
        ],
        [
          'both the annotation and spec.loadBalancerIP',
          undefined,
          taken,
          { loadBalancerIP: '172.30.0.202' },
          /both by annotation and by spec\.loadBalancerIP: keep one of them/,
        ],
        [
          'an unreadable address',
          undefined,
          { 'metallb.io/loadBalancerIPs': '172.30.0' },
          {},
          /"172\.30\.0" is not an IP address/,
        ],
        ['an address of no pool', undefined, {}, { loadBalancerIP: '192.0.2.1' }, /no pool .*192\.0\.2\.1/],
      ]

    for (const [what, ownPool, annotations, spec, explanation] of cases) {
      it(what, async () => {
        const name = what.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
        if (ownPool !== undefined) await applyPool(name, ownPool)
        if (what === 'an exhausted pool') {
          await createService('holder', {}, annotations)
          await metallb.addressesOf('holder')
        }
        await createService(name, spec, annotations)
        await until(`kubectl describe service ${name} says ${explanation}`, async () => {
          const description = await metallb.lab.kubectl(['describe', 'service', name])
          if (!explanation.test(description)) throw new Error(description)
          return true
        })
        const [condition] = (await readService(name)).status?.conditions ?? []
        expect(condition).to.include({ type: 'metallb.io/Allocated', status: 'False' })
        expect(condition?.message).to.match(explanation)
        await metallb.remove('service', name)
        if (ownPool !== undefined) await removePool(name)
      })
    }

    it('an address of a node', async () => {
      const { v4 } = metallb.lab.node(1).address
      await applyPool('nodes', { addresses: [`${v4}/32`], autoAssign: false })
      await createService('of-node', { loadBalancerIP: v4 })
      expect(await metallb.eventOf('of-node', 'AllocationFailed')).to.include(`${v4} is an address of node`)
      await metallb.remove('service', 'of-node')
      await removePool('nodes')
    })

    it('that there is no pool', async () => {
      await metallb.kubectl('delete', 'ipaddresspool', '--all')
      expect(await metallb.eventOf('first', 'NoPools')).to.include('there is no IPAddressPool')
    })

    it('that no configuration has ever been valid, and does not touch what has an address', async () => {
      await applyPool('lan', { addresses: ['172.30.0.200-172.30.0.203'] })
      expect(await metallb.addressesOf('first')).to.have.length(1)
      await controller.stop()
      await applyPool('overlapping', { addresses: ['172.30.0.200/32'] })
      controller = await metallb.spawn('controller', { env })
      await createService('unlucky')
      expect(await metallb.eventOf('unlucky', 'ConfigurationError')).to.match(
        /no configuration is in force: .* overlaps/,
      )
      expect(addressesIn(await readService('first'))).to.have.length(1)
    })
  })

  it('makes the key of the speakers, which goes with the Deployment', async () => {
    const { data, metadata } = await metallb.read<V1Secret>('secret', 'memberlist', namespace)
    expect(Buffer.from(data?.['secretkey'] ?? '', 'base64').toString()).to.match(/^[A-Za-z0-9+/]{22}$/)
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: 'Deployment', name: 'controller' })
  })
})
