import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { until } from '../hack/lab/wait.ts'
import { addressesIn, ControllerLab, namespace, poolOf, serviceOf } from './controller.fixture.ts'

/** What pools have beyond MetalLB's; docs/pools.md says the same to administrators. */
describe('the pool at a real API server', function () {
  this.timeout(60_000)
  let lab: ControllerLab

  const fromPool = (name: string, pool: string, inNamespace = 'default') =>
    serviceOf(name, { namespace: inNamespace, annotations: { 'metallb.io/address-pool': pool } })
  const conditionOf = (name: string, reason: string) =>
    until(`${name} is ${reason}`, async () => {
      const { status } = await lab.read<V1Service>('service', name)
      return status?.conditions?.find((condition) => condition.reason === reason)
    })
  const availableIn = async (name: string) =>
    (await lab.read<IPAddressPool>('ipaddresspool', name, namespace)).status?.availableIPv4

  before(async () => {
    lab = await ControllerLab.start()
    await lab.startController()
  })
  after(async () => {
    await lab?.lab.stop()
  })

  it('never gives out what it excludes, and leaves it to who has it', async () => {
    await lab.apply(poolOf('holes', { addresses: ['192.0.2.0/29'], exclude: ['192.0.2.0', '192.0.2.2-192.0.2.6'] }))
    await lab.apply(fromPool('before', 'holes'))
    expect(await lab.addressesOf('before')).to.deep.equal(['192.0.2.1'])
    await lab.apply(poolOf('holes', { addresses: ['192.0.2.0/29'], exclude: ['192.0.2.0/30'] }))
    await lab.apply(fromPool('after', 'holes'))
    expect(await lab.addressesOf('after')).to.deep.equal(['192.0.2.4'])
    expect(addressesIn(await lab.read<V1Service>('service', 'before'))).to.deep.equal(['192.0.2.1'])
    await until('three are left', async () => (await availableIn('holes')) === 3)
    await lab.apply(serviceOf('excluded', {}, { loadBalancerIP: '192.0.2.2' }))
    expect((await conditionOf('excluded', 'Excluded')).message).to.include('192.0.2.2')
  })

  it('gives out nothing new while disabled, and everything again afterwards', async () => {
    await lab.apply(poolOf('closing', { addresses: ['198.51.100.0/30'] }))
    await lab.apply(fromPool('early', 'closing'))
    await lab.addressesOf('early')
    await lab.apply(poolOf('closing', { addresses: ['198.51.100.0/30'], disabled: true }))
    await lab.apply(fromPool('late', 'closing'))
    expect((await conditionOf('late', 'PoolDisabled')).message).to.include('closing')
    expect(addressesIn(await lab.read<V1Service>('service', 'early'))).to.deep.equal(['198.51.100.0'])
    await lab.apply(poolOf('closing', { addresses: ['198.51.100.0/30'], disabled: false }))
    expect(await lab.addressesOf('late')).to.deep.equal(['198.51.100.1'])
  })

  it('holds each namespace to its quota, and serves the next as soon as there is room', async () => {
    await lab.apply(poolOf('fair', { addresses: ['203.0.113.0/29'], quota: 1 }))
    await lab.apply(fromPool('mine', 'fair'))
    await lab.addressesOf('mine')
    await lab.apply(fromPool('mine-too', 'fair'))
    expect((await conditionOf('mine-too', 'QuotaExceeded')).message).to.include('fair')
    await lab.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'others' } })
    await lab.apply(fromPool('theirs', 'fair', 'others'))
    expect(await lab.addressesOf('theirs', 'others')).to.deep.equal(['203.0.113.1'])
    await lab.remove('service', 'mine')
    expect(await lab.addressesOf('mine-too')).to.deep.equal(['203.0.113.0'])
  })

  it('spreads Services over its ranges when Balanced', async () => {
    const addresses = ['10.1.0.0/30', '10.2.0.0/29']
    await lab.apply(poolOf('wide', { addresses, allocation: 'Balanced' }))
    const given: string[] = []
    for (const name of ['one', 'two', 'three', 'four']) {
      await lab.apply(fromPool(name, 'wide'))
      given.push(...(await lab.addressesOf(name)))
    }
    expect(given).to.deep.equal(['10.1.0.0', '10.2.0.0', '10.2.0.1', '10.1.0.1'])
  })
})
