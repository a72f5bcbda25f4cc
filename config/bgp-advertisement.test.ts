import { expect } from 'chai'
import { type ConfigObjects, parseConfig } from './parse.ts'
import type { BgpAdvertisement } from './snapshot.ts'
import { bgp, community, label, node, pool } from './testing/objects.ts'

function bgpOf(objects: Partial<ConfigObjects>): readonly BgpAdvertisement[][] {
  const pools = [pool('p1', ['198.51.100.0/24'], {}, { k: 'v' }), pool('p2', ['203.0.113.0/24'])]
  const result = parseConfig({ pools, ...objects })
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.config.pools.map((each) => [...each.bgp])
}
const only = (spec: object, objects: Partial<ConfigObjects> = {}) =>
  bgpOf({ bgpAdvertisements: [bgp('a', spec)], ...objects })[0]![0]!

describe('a BGP advertisement', () => {
  it('is of single addresses, from all nodes to all peers, unless it says otherwise', () => {
    const nodes = [node('n1'), node('n2')]
    expect(only({}, { nodes })).to.deep.equal({
      name: 'a',
      nodes: new Set(['n1', 'n2']),
      peers: [],
      serviceSelectors: [],
      aggregationLength: 32,
      aggregationLengthV6: 128,
      localPref: 0,
      communities: [],
    })
  })

  const selections: [what: string, spec: object, times: number[]][] = [
    ['is for all pools when it selects none', {}, [1, 1]],
    ['is for the pools named; unknown names are ignored', { ipAddressPools: ['p2', 'ghost'] }, [0, 1]],
    ['is for the pools selected by label', { ipAddressPoolSelectors: [label('k', 'v')] }, [1, 0]],
    [
      'is twice with a pool that it names and selects, as in MetalLB',
      { ipAddressPools: ['p1'], ipAddressPoolSelectors: [label('k', 'v')] },
      [2, 0],
    ],
  ]
  for (const [what, spec, times] of selections) {
    it(what, () => {
      const attached = bgpOf({ bgpAdvertisements: [bgp('a', spec)] })
      expect(attached.map(({ length }) => length)).to.deep.equal(times)
    })
  }

  it('has its communities by number, standard ones as one number of 32 bits, each once', () => {
    const communities = [community('c', { ten: '1:10', same: '1:9' })]
    const spec = { communities: ['large:65536:0:1', '2:1', 'ten', '1:9', 'same', 'large:65536:0:0'] }
    expect(
      only(spec, { communities }).communities.map(({ kind, parts }) => `${kind} ${parts.join(':')}`),
    ).to.deep.equal(['large 65536:0:0', 'large 65536:0:1', 'standard 1:9', 'standard 1:10', 'standard 2:1'])
  })

  it('takes a name before the community that it looks like', () => {
    const communities = [community('c', { '1:1': '2:2' })]
    expect(only({ communities: ['1:1'] }, { communities }).communities).to.deep.equal([
      { kind: 'standard', parts: [2, 2] },
    ])
  })
})
