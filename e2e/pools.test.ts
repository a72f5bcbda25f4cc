import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { addressesIn, namespace, pool, service } from './objects.fixture.ts'

/** What pools have beyond MetalLB's; docs/pools.md says the same to administrators. */
describe('the pool at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation

  const fromPool = (name: string, from: string, inNamespace = 'default') =>
    service(name, { namespace: inNamespace, annotations: { 'metallb.io/address-pool': from } })
  const conditionOf = (name: string, reason: string) =>
    until(`${name} is ${reason}`, async () => {
      const { status } = await metallb.read<V1Service>('service', name)
      return status?.conditions?.find((condition) => condition.reason === reason)
    })
  const availableIn = async (name: string) =>
    (await metallb.read<IPAddressPool>('ipaddresspool', name, namespace)).status?.availableIPv4

  before(async () => {
    metallb = await Installation.start()
    await metallb.run('controller')
  })
  after(() => metallb?.stop())

  it('never gives out what it excludes, and leaves it to who has it', async () => {
    await metallb.apply(pool('holes', { addresses: ['192.0.2.0/29'], exclude: ['192.0.2.0', '192.0.2.2-192.0.2.6'] }))
    await metallb.apply(fromPool('before', 'holes'))
    expect(await metallb.addressesOf('before')).to.deep.equal(['192.0.2.1'])
    await metallb.apply(pool('holes', { addresses: ['192.0.2.0/29'], exclude: ['192.0.2.0/30'] }))
    await metallb.apply(fromPool('after', 'holes'))
    expect(await metallb.addressesOf('after')).to.deep.equal(['192.0.2.4'])
    expect(addressesIn(await metallb.read<V1Service>('service', 'before'))).to.deep.equal(['192.0.2.1'])
    await until('three are left', async () => (await availableIn('holes')) === 3)
    await metallb.apply(service('excluded', {}, { loadBalancerIP: '192.0.2.2' }))
    expect((await conditionOf('excluded', 'Excluded')).message).to.include('192.0.2.2')
  })

  it('gives out nothing new while disabled, and everything again afterwards', async () => {
    await metallb.apply(pool('closing', { addresses: ['198.51.100.0/30'] }))
    await metallb.apply(fromPool('early', 'closing'))
    await metallb.addressesOf('early')
    await metallb.apply(pool('closing', { addresses: ['198.51.100.0/30'], disabled: true }))
    await metallb.apply(fromPool('late', 'closing'))
    expect((await conditionOf('late', 'PoolDisabled')).message).to.include('closing')
    expect(addressesIn(await metallb.read<V1Service>('service', 'early'))).to.deep.equal(['198.51.100.0'])
    await metallb.apply(pool('closing', { addresses: ['198.51.100.0/30'], disabled: false }))
    expect(await metallb.addressesOf('late')).to.deep.equal(['198.51.100.1'])
  })

  it('holds each namespace to its quota, and serves the next as soon as there is room', async () => {
    await metallb.apply(pool('fair', { addresses: ['203.0.113.0/29'], quota: 1 }))
    await metallb.apply(fromPool('mine', 'fair'))
    await metallb.addressesOf('mine')
    await metallb.apply(fromPool('mine-too', 'fair'))
    expect((await conditionOf('mine-too', 'QuotaExceeded')).message).to.include('fair')
    await metallb.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'others' } })
    await metallb.apply(fromPool('theirs', 'fair', 'others'))
    expect(await metallb.addressesOf('theirs', 'others')).to.deep.equal(['203.0.113.1'])
    await metallb.remove('service', 'mine')
    expect(await metallb.addressesOf('mine-too')).to.deep.equal(['203.0.113.0'])
  })

  it('spreads Services over its ranges when Balanced', async () => {
    const addresses = ['10.1.0.0/30', '10.2.0.0/29']
    await metallb.apply(pool('wide', { addresses, allocation: 'Balanced' }))
    const given: string[] = []
    for (const name of ['one', 'two', 'three', 'four']) {
      await metallb.apply(fromPool(name, 'wide'))
      given.push(...(await metallb.addressesOf(name)))
    }
    expect(given).to.deep.equal(['10.1.0.0', '10.2.0.0', '10.2.0.1', '10.1.0.1'])
  })
})
