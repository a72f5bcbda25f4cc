import { expect } from 'chai'
import fc from 'fast-check'
import { Room } from './room.ts'

/** How much each node takes of as much as there is, going round. */
function fill(loads: readonly number[], count: number): { taken: number[]; left: number } {
  const nodes = loads.map((_, index) => `n${index}`)
  const room = new Room(nodes, count, new Map(nodes.map((node, index) => [node, loads[index]!])))
  const taken = nodes.map(() => 0)
  while (room.open().length > 0) nodes.forEach((node, index) => void (room.take(node) && taken[index]!++))
  return { taken, left: count - taken.reduce((sum, one) => sum + one, 0) }
}

describe('Room', () => {
  it('is for exactly as many as come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 60 }),
        (loads, count) => {
          expect(fill(loads, count).left).to.equal(0)
        },
      ),
    )
  })

  it('raises nobody more than one above another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 60 }),
        (loads, count) => {
          const { taken } = fill(loads, count)
          const lowest = Math.min(...loads.map((load, index) => load + taken[index]!))
          for (const [index, load] of loads.entries())
            if (taken[index]! > 0) expect(load + taken[index]!).to.be.at.most(lowest + 1)
        },
      ),
    )
  })

  it('gives nothing to a node with too much', () => {
    expect(fill([9, 0, 1], 5).taken).to.deep.equal([0, 3, 2])
  })
})
