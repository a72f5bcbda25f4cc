import { expect } from 'chai'
import { parseAddress } from '../net/address.ts'
import { Allocator } from './allocator.ts'
import { dualStack, holdingOf, pools, request, reservation, type ServiceText } from './testing/requests.ts'

const shares = (key: string) => ({ annotations: { 'metallb.io/allow-shared-ip': key } })
const onPort = (port: number, spec: object = {}) => ({ spec: { ...spec, ports: [{ port }] } })
const prefersDual = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' }
const requiresDual = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' }

describe('Allocator', () => {
  let allocator: Allocator
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (name: string) => holdingOf(allocator, `default/${name}`)

  beforeEach(() => {
    allocator = new Allocator()
  })

  describe('gives up an address', () => {
    beforeEach(() => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a' })
    })

    it('for others only once the API server has been told', () => {
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
      expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
      decide({ name: 'b' })
      expect(holding('b')).to.equal('blue 192.0.2.0')
    })

    it('and tells both what it has and what it gave up', () => {
      expect(allocator.holdersOf(parseAddress('192.0.2.0'))).to.deep.equal(['default/a'])
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      expect(allocator.addressesOf('default/a')).to.deep.equal([parseAddress('192.0.2.0')])
      allocator.settle('default/a')
      expect(allocator.addressesOf('default/a')).to.deep.equal([])
      expect(allocator.holdersOf(parseAddress('192.0.2.0'))).to.deep.equal([])
      expect(allocator.holdersOf(parseAddress('198.51.100.1'))).to.deep.equal([])
    })

    it('at once when the Service is gone', () => {
      decide({ name: 'b' })
      expect(allocator.forget('default/a')).to.deep.equal(['default/b'])
    })

    it('and may have it back before', () => {
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      decide({ name: 'a', has: ['192.0.2.0'] })
      expect(holding('a')).to.equal('blue 192.0.2.0')
      expect(allocator.settle('default/a')).to.deep.equal([])
    })

    it('also when its pool goes and comes back meanwhile', () => {
      allocator.setPools([])
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
      expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
    })
  })

  describe('wakes', () => {
    it('one Service for each address that becomes free, first come first served', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
      for (const name of ['a', 'b', 'c', 'd', 'e']) decide({ name })
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
      expect(allocator.forget('default/b')).to.deep.equal(['default/d'])
    })

    it('the next one when the first has no use for the address any more', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      for (const name of ['a', 'b', 'c']) decide({ name })
      expect(allocator.forget('default/a')).to.deep.equal(['default/b'])
      expect(decide({ name: 'b', spec: { type: 'ClusterIP' } }).wake).to.deep.equal(['default/c'])
    })

    it('the next one when the first still lacks the other family', () => {
      allocator.setPools(pools({ dual: ['192.0.2.0/32', '2001:db8::/128'] }))
      decide({ name: 'four' })
      decide({ name: 'six', spec: { clusterIPs: ['fd00:96::1'] } })
      decide({ name: 'both', spec: requiresDual })
      decide({ name: 'last' })
      expect(allocator.forget('default/four')).to.deep.equal(['default/both'])
      expect(decide({ name: 'both', spec: requiresDual }).wake).to.deep.equal(['default/last'])
    })

    it('whoever waits for that very address', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a' })
      decide({ name: 'b' })
      decide({ name: 'c', spec: { loadBalancerIP: '192.0.2.0' } })
      expect(allocator.forget('default/b')).to.deep.equal([])
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
    })

    it('whoever can share now', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a', ...onPort(80) })
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      const { wake } = decide({ name: 'a', ...shares('k'), ...onPort(80), has: ['192.0.2.0'] })
      expect(wake).to.deep.equal(['default/b'])
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      expect(holding('b')).to.equal('blue 192.0.2.0')
    })

    it('whoever can share an address that was kept for the one who has it now', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      allocator.setReservation('kept', reservation('kept', ['192.0.2.1'], 'default/a'))
      const asks = { name: 'b', ...shares('k'), ...onPort(443, { loadBalancerIP: '192.0.2.1' }) }
      expect(decide(asks).refusal?.reason).to.equal('Reserved')
      expect(decide({ name: 'a', ...shares('k'), ...onPort(80) }).wake).to.deep.equal(['default/b'])
      decide(asks)
      expect(holding('b')).to.equal('blue 192.0.2.1')
    })

    it('whoever waits for a port of a shared address', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a', ...shares('k'), ...onPort(80) })
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      decide({ name: 'c', ...shares('k'), ...onPort(80) })
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
    })

    it('a Service that would like a second address', () => {
      allocator.setPools(pools({ dual: ['192.0.2.0/31', '2001:db8::/128'] }))
      decide({ name: 'six', spec: { clusterIPs: ['fd00:96::1'] } })
      decide({ name: 'both', spec: prefersDual })
      expect(allocator.forget('default/six')).to.deep.equal(['default/both'])
    })
  })

  describe('puts other pools in force', () => {
    it('and looks only at those that wait, where nobody has to leave', () => {
      const green = ['198.51.100.0/32']
      allocator.setPools(pools({ blue: ['192.0.2.0/32'], green }))
      for (const name of ['in-blue', 'in-green', 'waiting']) decide({ name })
      const touched = allocator.setPools(pools({ blue: ['192.0.2.0/31'], green }))
      expect([...touched]).to.deep.equal(['default/waiting'])
    })

    it('and touches nobody when they are the same', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a' })
      expect([...allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))]).to.deep.equal([])
    })

    it('and looks at those whom a pool does not let in any more, also when its addresses change too', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
      decide({ name: 'a' })
      const blue = { addresses: ['192.0.2.0/30'], serviceAllocation: { namespaces: ['shop'] } }
      expect([...allocator.setPools(pools({ blue }))]).to.deep.equal(['default/a'])
    })

    it('and allocations follow their addresses', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a', spec: { loadBalancerIP: '192.0.2.3' } })
      allocator.setPools(pools({ low: ['192.0.2.0/31'], high: ['192.0.2.2/31'] }))
      expect(holding('a')).to.equal('high 192.0.2.3')
    })

    it('and counts what became of each', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'], green: ['198.51.100.0/30'] }))
      decide({ name: 'a' })
      expect([...allocator.takeRecounted()]).to.have.members(['blue', 'green'])
      allocator.setPools(pools({ blue: ['192.0.2.0/29'], green: ['198.51.100.0/30'] }))
      expect([...allocator.takeRecounted()]).to.deep.equal(['blue'])
      expect(allocator.pool('blue')?.counters()).to.deep.equal({
        assignedIPv4: 1,
        assignedIPv6: 0,
        availableIPv4: 7n,
        availableIPv6: 0n,
      })
    })
  })

  it('gives a Service that was deleted and made again before a pass nothing that another one has to leave first', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
    allocator.adopt(request({ name: 'a', has: ['192.0.2.0'] }))
    allocator.adopt(request({ name: 'b', ...shares('k'), has: ['192.0.2.0'] }))
    decide({ name: 'a' })
    expect(holding('a')).to.equal('blue 192.0.2.1')
    allocator.settle('default/a')
    decide({ name: 'b', ...shares('k'), has: ['192.0.2.0'] })
    expect(holding('b')).to.equal('blue 192.0.2.0')
  })

  it('adopts also what a pass will take away, so that nobody gets it before', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
    allocator.adopt(request({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] }))
    expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
    decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
    expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
  })

  it('reserves what two statuses name for the one that has to go, when the other goes first', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
    allocator.adopt(request({ name: 'a', has: ['192.0.2.0'] }))
    allocator.adopt(request({ name: 'b', has: ['192.0.2.0'] }))
    expect(allocator.forget('default/a')).to.deep.equal([])
    expect(decide({ name: 'c' }).refusal?.reason).to.equal('PoolExhausted')
    decide({ name: 'b', has: ['192.0.2.0'] })
    expect(holding('b')).to.equal('blue 192.0.2.0')
  })
})
