import { expect } from 'chai'
import type { IPAddressPoolSpec } from '../crds/generated/types.ts'
import { Allocator } from './allocator.ts'
import { pools, request, type ServiceText } from './testing/requests.ts'
import { prefersDual, shares, wants, wantsPool } from './testing/rows.ts'

type Specs = Record<string, IPAddressPoolSpec>

/** 100 pools of 128 addresses, each for a namespace of 100 Services of its own. */
const hundred: Specs = Object.fromEntries(
  Array.from({ length: 100 }, (_, index) => [
    `pool-${index}`,
    { addresses: [`10.0.${index}.0/25`], serviceAllocation: { namespaces: [`ns-${index}`] } },
  ]),
)

describe('a change touches', () => {
  let allocator: Allocator
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const change = (specs: Specs, name: string, edit: Partial<IPAddressPoolSpec>) => {
    return [...allocator.setPools(pools({ ...specs, [name]: { ...specs[name]!, ...edit } }))]
  }

  describe('among 10,000 Services of 100 pools', () => {
    beforeEach(() => {
      allocator = new Allocator()
      allocator.setPools(pools(hundred))
      for (let index = 0; index < 10_000; index++) decide({ name: `s${index}`, namespace: `ns-${index % 100}` })
    })

    const rows: [edit: string, spec: Partial<IPAddressPoolSpec>, touched: number][] = [
      ['more addresses', { addresses: ['10.0.7.0/25', '10.1.7.0/25'] }, 0],
      ['fewer, where some are used', { addresses: ['10.0.7.0-10.0.7.89'] }, 10],
      ['one more namespace', { serviceAllocation: { namespaces: ['ns-7', 'other'] } }, 0],
      ['another namespace', { serviceAllocation: { namespaces: ['other'] } }, 100],
      ['serviceSelectors', { serviceAllocation: { namespaces: ['ns-7'], serviceSelectors: [{}] } }, 100],
      ['another priority', { serviceAllocation: { namespaces: ['ns-7'], priority: 5 } }, 0],
      ['no autoAssign', { autoAssign: false }, 0],
      ['disabled', { disabled: true }, 0],
      ['all addresses excluded', { exclude: ['10.0.7.0/24'] }, 0],
      ['a quota', { quota: 1 }, 0],
      ['avoidBuggyIPs', { avoidBuggyIPs: true }, 1],
      ['another order', { allocation: 'Balanced' }, 0],
    ]
    for (const [edit, spec, count] of rows) {
      it(`of a pool with ${edit}, ${count || 'nobody'}`, () => {
        const touched = change(hundred, 'pool-7', spec)
        expect(touched).to.have.length(count)
        expect(touched.every((service) => service.startsWith('ns-7/'))).to.equal(true)
      })
    }

    it('of a pool that is renamed, the 100 in it', () => {
      const { 'pool-7': pool, ...others } = hundred
      expect([...allocator.setPools(pools({ ...others, renamed: pool! }))]).to.have.length(100)
    })

    it('of a Service that is deleted, nobody', () => {
      expect(allocator.forget('ns-7/s7')).to.deep.equal([])
    })
  })

  describe('among those who wait', () => {
    const specs: Specs = {
      blue: { addresses: ['192.0.2.0/32'] },
      green: { addresses: ['198.51.100.0/32'], autoAssign: false },
      shop: { addresses: ['203.0.113.0/32'], serviceAllocation: { namespaces: ['shop'] } },
      six: { addresses: ['2001:db8::/128'] },
    }

    beforeEach(() => {
      allocator = new Allocator()
      allocator.setPools(pools(specs))
      decide({ name: 'holder' })
      decide({ name: 'green-holder', annotations: wantsPool('green') })
      decide({ name: 'shop-holder', namespace: 'shop' })
      decide({ name: 'any' })
      decide({ name: 'any', namespace: 'shop' })
      decide({ name: 'green', annotations: wantsPool('green') })
      decide({ name: 'future', annotations: wantsPool('future') })
      decide({ name: 'outside', annotations: wants('192.0.2.99') })
      decide({ name: 'asks', annotations: wants('192.0.2.0') })
      decide({ name: 'unreadable', annotations: wants('nonsense') })
      decide({ name: 'no-cluster-ip', spec: { clusterIPs: [] } })
      decide({ name: 'keyed', annotations: shares('k') })
    })

    it('more addresses of an open pool: one of those who take any, and who asks for an address of it', () => {
      const touched = change(specs, 'blue', { addresses: ['192.0.2.0/31'] })
      expect(touched).to.have.members(['default/any', 'default/asks'])
      expect(decide({ name: 'any' }).wake, 'the next one is woken in its turn').to.deep.equal([])
      expect(allocator.forget('default/any')).to.deep.equal(['shop/any'])
    })

    it('an open pool for which other rules hold: who takes any, and who asks for an address of it', () => {
      const touched = change(specs, 'blue', { addresses: ['192.0.2.0/31'], quota: 1 })
      expect(touched).to.have.members(['default/any', 'shop/any', 'default/keyed', 'default/asks'])
    })

    it('a pool that has another family now: who could not be served by it before', () => {
      const touched = change(specs, 'six', { addresses: ['2001:db8::/128', '192.0.2.8/32'] })
      expect(touched).to.have.members(['default/any', 'shop/any', 'default/keyed'])
    })

    it('an edit that brings an address that somebody asks for', () => {
      const touched = change(specs, 'green', { addresses: ['198.51.100.0/32', '192.0.2.99/32'] })
      expect(touched).to.have.members(['default/green', 'default/outside'])
    })

    it('an edit of a pool without autoAssign: who asks for it', () => {
      expect(change(specs, 'green', { addresses: ['198.51.100.0/31'] })).to.deep.equal(['default/green'])
    })

    it('an edit of a pool for a namespace: who is in the namespace', () => {
      expect(change(specs, 'shop', { addresses: ['203.0.113.0/31'] })).to.deep.equal(['shop/any'])
    })

    it('a namespace more that a pool lets in: who is there', () => {
      const touched = change(specs, 'shop', { serviceAllocation: { namespaces: ['shop', 'default'] } })
      expect(touched).to.have.members(['default/any', 'default/keyed'])
    })

    it('a new pool: who asks for it, and who would be given its addresses', () => {
      const serviceAllocation = { namespaces: ['elsewhere'] }
      const touched = allocator.setPools(pools({ ...specs, future: { addresses: ['10.0.0.0/24'], serviceAllocation } }))
      expect([...touched]).to.deep.equal(['default/future'])
    })

    it('a pool from which a second address cannot come, since the first is from another one: nobody', () => {
      decide({ name: 'keyed', spec: { type: 'ClusterIP' } })
      for (const name of ['any', 'keyed']) allocator.forget(`default/${name}`)
      allocator.forget('shop/any')
      allocator.forget('default/holder')
      decide({ name: 'half', spec: prefersDual })
      expect(change(specs, 'six', { addresses: ['2001:db8::/127'] })).to.deep.equal([])
      expect(change(specs, 'blue', { addresses: ['192.0.2.0/32', 'fd00::/128'] })).to.include('default/half')
    })

    it('pools that are the same: nobody', () => {
      expect([...allocator.setPools(pools(specs))]).to.deep.equal([])
    })

    it('the last pool that goes: everybody who waits for one, and who had one', () => {
      const touched = [...allocator.setPools([])]
      expect(touched).to.include.members(['default/holder', 'default/any', 'default/outside'])
      expect(touched).to.not.include('default/unreadable')
    })
  })
})
