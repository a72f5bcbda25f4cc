import { expect } from 'chai'
import fc from 'fast-check'
import { type Share, type Spread, spreadEvenly, spreadRest } from './balanced.ts'
import { Digests } from './digests.ts'

const digests = new Digests()
const nodesNamed = (count: number): string[] => Array.from({ length: count }, (_, index) => `node-${index}`).sort()
const ipOf = (index: number): string => `192.0.${index >> 8}.${index & 255}`
const shares = (count: number, nodes: readonly string[]): Share[] =>
  Array.from({ length: count }, (_, index) => ({ ip: ipOf(index), nodes }))

function loadsOf(spread: Spread, nodes: readonly string[]): number[] {
  const placed = [...spread.values()]
  return nodes.map((node) => placed.filter((one) => one === node).length)
}

function unevenness(spread: Spread, nodes: readonly string[]): number {
  const loads = loadsOf(spread, nodes)
  return Math.max(...loads) - Math.min(...loads)
}

/** Of those that are in both. */
function moved(before: Spread, after: Spread): number {
  return [...before].filter(([ip, node]) => after.has(ip) && after.get(ip) !== node).length
}

/** Everything may be on every node that is there. */
function without(away: readonly string[], all: readonly Share[], homes: Spread): Spread {
  const isThere = (node: string): boolean => !away.includes(node)
  return spreadRest(all, homes, isThere, ({ nodes }) => nodes.filter(isThere), digests)
}

const cluster = fc.record({ nodes: fc.integer({ min: 1, max: 12 }).map(nodesNamed), count: fc.nat({ max: 80 }) })

describe('spreadEvenly', () => {
  it('gives no node more than one address more than another', () => {
    fc.assert(
      fc.property(cluster, ({ nodes, count }) => {
        const spread = spreadEvenly(shares(count, nodes), digests)
        expect(spread.size).to.equal(count)
        expect(unevenness(spread, nodes)).to.be.at.most(1)
      }),
    )
  })

  it('does not depend on the order in which addresses are named', () => {
    fc.assert(
      fc.property(cluster, fc.infiniteStream(fc.nat()), ({ nodes, count }, numbers) => {
        const all = shares(count, nodes)
        const shuffled = all.map((share) => ({ share, key: numbers.next().value })).sort((a, b) => a.key - b.key)
        const other = spreadEvenly(
          shuffled.map(({ share }) => share),
          digests,
        )
        expect(new Map([...other].sort())).to.deep.equal(new Map([...spreadEvenly(all, digests)].sort()))
      }),
    )
  })

  it('does not depend on it where all digests begin alike either', () => {
    const alike = { prefixes: (nodes: readonly string[]) => nodes.map(() => 7) } as unknown as Digests
    const all = shares(20, nodesNamed(3))
    const sorted = (spread: Spread): [string, string][] => [...spread].sort()
    expect(sorted(spreadEvenly(all.toReversed(), alike))).to.deep.equal(sorted(spreadEvenly(all, alike)))
  })

  it('keeps to the nodes of each address, whatever they are', () => {
    const choices = fc.array(fc.subarray(nodesNamed(6)), { maxLength: 40 })
    fc.assert(
      fc.property(choices, (lists) => {
        const all = lists.map((nodes, index) => ({ ip: ipOf(index), nodes: nodes.sort() }))
        const spread = spreadEvenly(all, digests)
        for (const { ip, nodes } of all) {
          if (nodes.length === 0) expect(spread.has(ip)).to.equal(false)
          else expect(nodes).to.include(spread.get(ip))
        }
      }),
    )
  })

  it('levels out what addresses with few nodes have made uneven', () => {
    const nodes = nodesNamed(4)
    const bound = shares(10, ['node-1'])
    const free = shares(40, nodes).slice(10)
    expect(loadsOf(spreadEvenly([...free, ...bound], digests), nodes)).to.deep.equal([10, 10, 10, 10])
  })

  it('takes the least loaded where no even spread exists', () => {
    const nodes = nodesNamed(3)
    const bound = shares(10, ['node-1'])
    const free = shares(14, nodes).slice(10)
    expect(loadsOf(spreadEvenly([...free, ...bound], digests), nodes)).to.deep.equal([2, 10, 2])
  })

  it('lets the smallest hash decide while there is room', () => {
    // Hash order for 192.0.2.10: charlie, bravo, delta, alpha, echo.
    const nodes = ['alpha', 'bravo', 'charlie', 'delta', 'echo']
    expect(spreadEvenly([{ ip: '192.0.2.10', nodes }], digests)).to.deep.equal(new Map([['192.0.2.10', 'charlie']]))
  })

  // Without a memory an exactly even spread cannot do with no moves at all: these are measured, and may not grow.
  const churn = [
    { nodes: 3, addresses: 60, most: 1 },
    { nodes: 5, addresses: 100, most: 1.6 },
    { nodes: 10, addresses: 305, most: 2.5 },
  ]
  for (const { nodes: count, addresses, most } of churn) {
    it(`moves at most ${most} of ${addresses} addresses on ${count} nodes when one comes or goes, on average`, () => {
      const nodes = nodesNamed(count)
      const sizes = Array.from({ length: 24 }, (_, index) => addresses + index)
      const moves = sizes.map((size) =>
        moved(spreadEvenly(shares(size, nodes), digests), spreadEvenly(shares(size + 1, nodes), digests)),
      )
      expect(moves.reduce((sum, one) => sum + one, 0) / moves.length).to.be.at.most(most)
    })
  }

  it('moves little besides what a node had that leaves the cluster', () => {
    const nodes = nodesNamed(10)
    const before = spreadEvenly(shares(300, nodes), digests)
    const after = spreadEvenly(shares(300, nodes.slice(1)), digests)
    expect(loadsOf(before, nodes)[0]).to.equal(30)
    expect(moved(before, after)).to.be.within(30, 45)
  })
})

describe('spreadRest', () => {
  const absence = cluster.chain(({ nodes, count }) =>
    fc.record({
      nodes: fc.constant(nodes),
      count: fc.constant(count),
      away: fc.subarray(nodes, { maxLength: nodes.length - 1 }),
    }),
  )

  it('leaves everything where it belongs when all nodes are there', () => {
    fc.assert(
      fc.property(cluster, ({ nodes, count }) => {
        const all = shares(count, nodes)
        const homes = spreadEvenly(all, digests)
        expect(moved(homes, without([], all, homes))).to.equal(0)
      }),
    )
  })

  it('moves what the nodes had that are away, nothing else, and stays even', () => {
    fc.assert(
      fc.property(absence, ({ nodes, count, away }) => {
        const all = shares(count, nodes)
        const homes = spreadEvenly(all, digests)
        const rest = without(away, all, homes)
        expect(rest.size).to.equal(count)
        expect(moved(homes, rest)).to.equal([...homes.values()].filter((node) => away.includes(node)).length)
        expect(
          unevenness(
            rest,
            nodes.filter((node) => !away.includes(node)),
          ),
        ).to.be.at.most(1)
      }),
    )
  })

  it('moves hardly more than its own addresses when a further node goes', () => {
    const nodes = nodesNamed(10)
    const all = shares(300, nodes)
    const homes = spreadEvenly(all, digests)
    const pairs = nodes.slice(1).map((node, index) => {
      const before = without([nodes[index]!], all, homes)
      return moved(before, without([nodes[index]!, node], all, homes)) - loadsOf(before, [node])[0]!
    })
    expect(pairs.reduce((sum, one) => sum + one, 0) / pairs.length).to.be.at.most(6)
  })

  it('places nothing where nobody is there', () => {
    const all = shares(3, ['a', 'b'])
    expect(without(['a', 'b'], all, spreadEvenly(all, digests)).size).to.equal(0)
  })
})
