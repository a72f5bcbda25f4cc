import { expect } from 'chai'
import { forNode } from './own-node.ts'
import { bgp, expression, label, node, peer, pool } from './testing/objects.ts'

describe('the objects that concern a node', () => {
  const selecting = (zone: string) => ({ nodeSelectors: [label('zone', zone)] })
  const objects = {
    pools: [pool('p', ['192.0.2.0/24'])],
    nodes: [node('n1', { zone: 'a' }), node('n2', { zone: 'b' })],
    bgpPeers: [peer('everywhere'), peer('a', selecting('a')), peer('b', selecting('b'))],
    bgpAdvertisements: [bgp('everywhere'), bgp('a', selecting('a')), bgp('b', selecting('b'))],
  }
  const namesFor = (name: string) => {
    const { bgpPeers, bgpAdvertisements } = forNode(objects, name)
    return [bgpPeers, bgpAdvertisements].map((list) => list?.map(({ metadata }) => metadata?.name).join())
  }

  it('are peers and BGP advertisements that select it or no node at all', () => {
    expect(namesFor('n1')).to.deep.equal(['everywhere,a', 'everywhere,a'])
    expect(namesFor('n2')).to.deep.equal(['everywhere,b', 'everywhere,b'])
    expect(namesFor('unknown')).to.deep.equal(['everywhere', 'everywhere'])
  })

  it('are all pools and all nodes', () => {
    expect(forNode(objects, 'n1')).to.include({ pools: objects.pools, nodes: objects.nodes })
  })

  it('are peers whose selectors cannot be understood, so that somebody says so', () => {
    const broken = peer('broken', { nodeSelectors: [{ ...label('zone', 'c'), ...expression('Is', ['a']) }] })
    expect(forNode({ ...objects, bgpPeers: [broken] }, 'n1').bgpPeers).to.deep.equal([broken])
  })
})
