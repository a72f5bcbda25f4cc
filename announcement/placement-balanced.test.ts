import { expect } from 'chai'
import fc from 'fast-check'
import type { Layer2Advertisement } from '../config/snapshot.ts'
import { emptyPool } from '../config/testing/empty-pool.ts'
import { parseAddress } from '../net/address.ts'
import type { NodeFacts } from './node.ts'
import { type Placeable, Placement } from './placement.ts'
import { allServing, type Standing } from './standing.ts'

const healthy: NodeFacts = { ready: true, networkUnavailable: false, excluded: false }

const balanced: Layer2Advertisement = {
  ...{ name: 'all', interfaces: [], serviceSelectors: [], preferredNodes: new Map() },
  ...{ nodes: new Set(['n1', 'n2', 'n3', 'n4', 'n5', 'n6']), placement: 'Balanced' },
}

const withAddresses = (addresses: readonly string[], changes: Partial<Placeable> = {}): Placeable => ({
  service: { spec: { type: 'LoadBalancer' } },
  addresses: addresses.map(parseAddress),
  pool: { ...emptyPool, layer2: [balanced] },
  endpoints: { any: true, nodes: new Set(['n1', 'n2']) },
  ...changes,
})

describe('Placement under Balanced', () => {
  const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']
  let nodes: Map<string, NodeFacts>
  let standings: Map<string, Standing>
  let staleness: number
  let placement: Placement

  const start = (): void => {
    nodes = new Map(names.map((name) => [name, healthy]))
    standings = new Map(allServing(names))
    staleness = 0
    const onStale = (): void => void staleness++
    placement = new Placement({ nodes, standings: () => standings, ignoreExcludeLabel: false, onStale })
  }
  beforeEach(start)

  const place = (count: number): string[] => {
    const keys = Array.from({ length: count }, (_, index) => `web/s${index}`)
    for (const [index, key] of keys.entries()) placement.elect(key, withAddresses([`192.0.2.${index}`]))
    placement.refresh()
    return keys
  }
  const owners = (keys: readonly string[]): Record<string, string | undefined> =>
    Object.fromEntries(keys.map((key) => [key, placement.order(key)[0]]))
  const loads = (keys: readonly string[]): number[] =>
    names.map((name) => keys.filter((key) => placement.order(key)[0] === name).length)

  it('gives every node the same number of addresses', () => {
    expect(loads(place(60))).to.deep.equal([10, 10, 10, 10, 10, 10])
  })

  it('places nothing before it knows what else there is, and says that it is out of date', () => {
    expect(placement.elect('web/a', withAddresses(['192.0.2.1'])).order).to.deep.equal([])
    expect(staleness).to.equal(1)
    expect(placement.refresh()).to.deep.equal(['web/a'])
    expect(placement.order('web/a')).to.have.length(6)
  })

  it('leaves a Service to its hash until it has its place', () => {
    const hashed = { ...emptyPool, layer2: [{ ...balanced, placement: undefined }] }
    const { order } = placement.elect('web/a', withAddresses(['192.0.2.1'], { pool: hashed }))
    for (const _ of ['once', 'again']) {
      expect(placement.elect('web/a', withAddresses(['192.0.2.1'])).order).to.deep.equal(order)
    }
  })

  it('is not out of date when a Service is looked at again', () => {
    place(5)
    placement.elect('web/s1', withAddresses(['192.0.2.1']))
    expect(staleness).to.equal(5)
    expect(placement.refresh()).to.deep.equal([])
  })

  it('moves nothing while all speakers are updated, one after the other', () => {
    const keys = place(61)
    const before = owners(keys)
    for (const name of names) {
      standings.set(name, 'kept')
      placement.refresh()
      expect(owners(keys)).to.deep.equal(before)
      standings.set(name, 'serving')
      placement.refresh()
    }
    expect(owners(keys)).to.deep.equal(before)
  })

  it('names in advance who gets an address if a node that is kept goes for good', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.constantFrom(...names), (count, gone) => {
        start()
        const keys = place(count)
        standings.set(gone, 'kept')
        placement.refresh()
        for (const key of keys) expect(placement.order(key).toSorted()).to.deep.equal(names)
        const heirs = keys.map((key) => placement.order(key).find((name) => name !== gone))
        standings.delete(gone)
        placement.refresh()
        expect(keys.map((key) => placement.order(key)[0])).to.deep.equal(heirs)
      }),
      { numRuns: 30 },
    )
  })

  it('reconsiders only the Services of a node that goes, and gives it the same ones back', () => {
    const keys = place(60)
    const before = owners(keys)
    standings.delete('n3')
    expect(placement.refresh().sort()).to.deep.equal(keys.filter((key) => before[key] === 'n3').sort())
    expect(loads(keys)).to.deep.equal([12, 12, 0, 12, 12, 12])
    standings.set('n3', 'reserve')
    expect(placement.refresh()).to.deep.equal([])
    standings.set('n3', 'serving')
    expect(placement.refresh()).to.have.length(10)
    expect(owners(keys)).to.deep.equal(before)
  })

  it('empties a node that is set aside', () => {
    const keys = place(60)
    nodes.set('n3', { ...healthy, excluded: true })
    expect(placement.refresh()).to.have.length(10)
    expect(loads(keys)).to.deep.equal([12, 12, 0, 12, 12, 12])
  })

  it('keeps the place of a Service whose endpoints are gone for a moment', () => {
    const keys = place(60)
    const before = owners(keys)
    placement.elect('web/s7', withAddresses(['192.0.2.7'], { endpoints: { any: false, nodes: new Set() } }))
    expect(placement.refresh()).to.deep.equal([])
    expect(placement.order('web/s7')).to.deep.equal([])
    placement.elect('web/s7', withAddresses(['192.0.2.7']))
    expect(owners(keys)).to.deep.equal(before)
  })

  it('prefers nodes with a higher score, and spreads over these', () => {
    const pool = {
      ...emptyPool,
      layer2: [
        {
          ...balanced,
          preferredNodes: new Map([
            ['n1', 5],
            ['n2', 5],
            ['n3', 1],
          ]),
        },
      ],
    }
    const keys = Array.from({ length: 8 }, (_, index) => `web/s${index}`)
    for (const [index, key] of keys.entries()) placement.elect(key, withAddresses([`192.0.2.${index}`], { pool }))
    placement.refresh()
    expect(loads(keys)).to.deep.equal([4, 4, 0, 0, 0, 0])
    standings.delete('n1')
    placement.refresh()
    expect(loads(keys)).to.deep.equal([0, 8, 0, 0, 0, 0])
    standings.delete('n2')
    placement.refresh()
    expect(loads(keys)).to.deep.equal([0, 0, 8, 0, 0, 0])
  })

  it('keeps Services under the Local policy to the nodes of their endpoints', () => {
    const service = { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }
    const keys = Array.from({ length: 10 }, (_, index) => `web/s${index}`)
    for (const [index, key] of keys.entries()) placement.elect(key, withAddresses([`192.0.2.${index}`], { service }))
    placement.refresh()
    expect(loads(keys)).to.deep.equal([5, 5, 0, 0, 0, 0])
  })

  it('keeps Services together that hold an address together', () => {
    place(40)
    const keys = ['web/a', 'web/b', 'web/c']
    placement.elect('web/a', withAddresses(['198.51.100.1', '2001:db8::1']))
    placement.elect('web/b', withAddresses(['2001:db8::1']))
    placement.elect('web/c', withAddresses(['198.51.100.1']))
    placement.refresh()
    expect(new Set(Object.values(owners(keys)))).to.have.length(1)
    standings.delete(placement.order('web/a')[0]!)
    placement.refresh()
    expect(new Set(Object.values(owners(keys)))).to.have.length(1)
  })

  it('does not depend on the order in which Services come, nor on what came before', () => {
    const keys = place(50)
    const expected = owners(keys)
    start()
    place(73)
    standings.delete('n2')
    placement.refresh()
    for (let index = 72; index >= 50; index--) placement.forget(`web/s${index}`)
    standings.set('n2', 'serving')
    placement.refresh()
    expect(owners(keys)).to.deep.equal(expected)
  })

  it('has nodes in reserve where there is no other', () => {
    const keys = place(12)
    for (const name of names) standings.set(name, 'reserve')
    placement.refresh()
    expect(loads(keys)).to.deep.equal([2, 2, 2, 2, 2, 2])
  })

  it('settles a duel alike on both sides: for the node where the address belongs, or else by the hash', () => {
    for (const key of place(30)) {
      const home = placement.order(key)[0]!
      const [one, other] = names.filter((name) => name !== home)
      expect(placement.outranks(key, home, one!)).to.equal(true)
      expect(placement.outranks(key, one!, home)).to.equal(false)
      expect(placement.outranks(key, one!, other!)).to.equal(!placement.outranks(key, other!, one!))
    }
  })
})
