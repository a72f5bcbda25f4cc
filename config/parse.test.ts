import { expect } from 'chai'
import fc from 'fast-check'
import { type AddressRange, formatRange, rangesOverlap } from '../net/range.ts'
import { type ConfigObjects, parseConfig } from './parse.ts'
import { formatSelector } from './selector.ts'
import type { Pool } from './snapshot.ts'
import { bgp, label, layer2, namespace, node, pool } from './testing/objects.ts'

const allocatedTo = (serviceAllocation: object) => ({ pools: [pool('p', ['192.0.2.0/24'], { serviceAllocation })] })

function poolsOf(objects: ConfigObjects): readonly Pool[] {
  const result = parseConfig(objects)
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.config.pools
}

function faultsOf(objects: ConfigObjects): string[] {
  const result = parseConfig(objects)
  return result.ok ? [] : result.errors.map(({ code, kind, name, field }) => `${code} ${kind} ${name} ${field}`)
}

describe('parseConfig', () => {
  describe('refuses', () => {
    it('with every error at once, not only the first', () => {
      const objects = { pools: [pool('a', ['nonsense', '192.0.2.0/24']), pool('b', ['192.0.2.1/32', 'x-y'])] }
      expect(faultsOf(objects)).to.deep.equal([
        'bad-cidr IPAddressPool a spec.addresses[0]',
        'range-bad-address IPAddressPool b spec.addresses[1]',
        'overlap IPAddressPool b spec.addresses[0]',
      ])
    })

    it('with one error for a field that clashes with many others', () => {
      const pools = ['a', 'b', 'c'].map((name, index) => pool(name, [`192.0.${index}.0/24`]))
      const bgpAdvertisements = [bgp('wide', { aggregationLength: 8 })]
      expect(faultsOf({ pools, bgpAdvertisements })).to.deep.equal([
        'aggregation-shorter-than-pool BGPAdvertisement wide spec.aggregationLength',
      ])
    })

    it('with a message that names kind, object, field, value, the other party and the remedy', () => {
      const result = parseConfig({ pools: [pool('a', ['192.0.2.0/24']), pool('b', ['192.0.2.1/32'])] })
      expect(result.ok ? '' : result.errors[0]?.message).to.equal(
        'IPAddressPool b: spec.addresses[0]: "192.0.2.1/32" overlaps other addresses (192.0.2.0/24 of pool a): ' +
          'let every address be in one range of one pool only',
      )
    })

    it('with as much of a value as tells which one it is', () => {
      const result = parseConfig({ pools: [pool('p', ['x'.repeat(100_000)])] })
      expect(result.ok ? '' : result.errors[0]?.message)
        .to.have.length.below(1_000)
        .and.to.include('"xxx')
    })

    it('exactly those sets of ranges of which two overlap', () => {
      const range = fc
        .record({ family: fc.constantFrom(4 as const, 6 as const), first: fc.nat(60), length: fc.nat(8) })
        .map(({ family, first, length }): AddressRange => {
          const start = (family === 4 ? 0xc0000200n : 0x20010db8n << 96n) + BigInt(first)
          return { family, first: start, last: start + BigInt(length) }
        })
      const property = fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), range), { maxLength: 8 }),
        (items) => {
          const names = [...new Set(items.map(([name]) => name))]
          const ranges = (name: string) => items.filter(([owner]) => owner === name).map(([, one]) => formatRange(one))
          const meets = items.some(([, a], i) => items.some(([, b], j) => i < j && rangesOverlap(a, b)))
          expect(parseConfig({ pools: names.map((name) => pool(name, ranges(name))) }).ok).to.equal(!meets)
        },
      )
      fc.assert(property, { numRuns: 300 })
    })
  })

  it('gives the same snapshot for every order of the objects', () => {
    const pools = [pool('b', ['192.0.2.0/24']), pool('a', ['198.51.100.0/24']), pool('c', ['2001:db8::/64'])]
    const l2Advertisements = [layer2('y', { interfaces: ['eth1'] }), layer2('x')]
    const forward = parseConfig({ pools, l2Advertisements })
    expect(parseConfig({ pools: pools.toReversed(), l2Advertisements: l2Advertisements.toReversed() })).to.deep.equal(
      forward,
    )
    expect(forward.ok && forward.config.pools.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c'])
  })

  describe('a pool', () => {
    it('has its ranges in the order written, host bits cleared and blanks ignored', () => {
      const [only] = poolsOf({ pools: [pool('p', ['198.51.100.77/30', ' 192.0.2.3 - 192.0.2.9 '])] })
      expect(only?.ranges.map(formatRange)).to.deep.equal(['198.51.100.76-198.51.100.79', '192.0.2.3-192.0.2.9'])
    })

    it('is given from by itself, with all its addresses and to everybody, unless it says otherwise', () => {
      const [only] = poolsOf({ pools: [pool('p', ['192.0.2.0/24'])] })
      expect(only).to.include({ autoAssign: true, avoidBuggyIPs: false, allocation: undefined })
    })

    it('is for the namespaces listed and for those selected', () => {
      const namespaces = [
        namespace('red', { team: 'x' }),
        namespace('blue', { team: 'y' }),
        namespace('green', { team: 'x' }),
      ]
      const serviceAllocation = { namespaces: ['absent'], namespaceSelectors: [label('team', 'x')] }
      const [only] = poolsOf({ ...allocatedTo(serviceAllocation), namespaces })
      expect([...(only?.allocation?.namespaces ?? [])]).to.deep.equal(['absent', 'green', 'red'])
    })

    it('is for every Service when its serviceAllocation has no criterion', () => {
      const [only] = poolsOf(allocatedTo({ priority: 7 }))
      expect(only?.allocation?.serviceSelectors.map(formatSelector)).to.deep.equal([''])
    })

    it('is not for every Service when its namespace selectors match nothing', () => {
      const [only] = poolsOf(allocatedTo({ namespaceSelectors: [label('team', 'none')] }))
      expect(only?.allocation?.serviceSelectors).to.deep.equal([])
    })
  })

  describe('an L2 advertisement', () => {
    const nodes = [
      node('n1', { zone: 'a', rack: '1' }),
      node('n2', { zone: 'b', rack: '2' }),
      node('n3', { zone: 'b', rack: '1' }),
    ]
    const pools = [pool('p1', ['198.51.100.0/24'], {}, { k: 'v' }), pool('p2', ['203.0.113.0/24'])]
    const layer2Of = (...specs: object[]) => {
      const l2Advertisements = specs.map((spec, index) => layer2(`l${index}`, spec))
      return poolsOf({ pools, nodes, l2Advertisements }).map(({ layer2 }) => layer2)
    }

    const selections: [what: string, spec: object, pools: boolean[]][] = [
      ['is for all pools when it selects none', {}, [true, true]],
      ['is for the pools named; unknown names are ignored', { ipAddressPools: ['p2', 'ghost'] }, [false, true]],
      ['is for the pools selected by label', { ipAddressPoolSelectors: [label('k', 'v')] }, [true, false]],
      [
        'is for the union of both',
        { ipAddressPools: ['p2', 'p1'], ipAddressPoolSelectors: [label('k', 'v')] },
        [true, true],
      ],
    ]
    for (const [what, spec, expected] of selections) {
      it(what, () => expect(layer2Of(spec).map((layer2) => layer2.length === 1)).to.deep.equal(expected))
    }

    it('is for all nodes, or for those that one of its selectors matches', () => {
      expect([...layer2Of({})[0]![0]!.nodes]).to.deep.equal(['n1', 'n2', 'n3'])
      const nodeSelectors = [label('zone', 'a'), label('rack', '2')]
      expect([...layer2Of({ nodeSelectors })[0]![0]!.nodes]).to.deep.equal(['n1', 'n2'])
      expect([...layer2Of({ nodeSelectors: [label('zone', 'none')] })[0]![0]!.nodes]).to.deep.equal([])
    })

    it('scores a node with the sum of the weights that match', () => {
      const preferredNodeSelectors = [
        { weight: 10, preference: label('zone', 'b') },
        { weight: 5, preference: label('rack', '1') },
      ]
      const [layer2] = layer2Of({ preferredNodeSelectors })
      expect(Object.fromEntries(layer2![0]!.preferredNodes)).to.deep.equal({ n1: 5, n2: 10, n3: 15 })
    })

    it('counts once among those that say the same', () => {
      expect(layer2Of({ interfaces: ['a', 'b'] }, { interfaces: ['b', 'a'] })[0]).to.have.length(1)
      expect(layer2Of({}, { serviceSelectors: [label('a', '1')] })[0]).to.have.length(2)
    })

    it('counts each time when it scores nodes', () => {
      const spec = { preferredNodeSelectors: [{ weight: 1, preference: {} }] }
      expect(layer2Of(spec, spec)[0]).to.have.length(2)
    })
  })
})
