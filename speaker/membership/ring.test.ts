import { expect } from 'chai'
import { MemberRecord } from './member-record.ts'
import { Ring } from './ring.ts'

describe('the ring', () => {
  const records = Array.from({ length: 200 }, (_, i) => new MemberRecord(`node-${i}`))
  const first = records[17]!

  it('is in the same order however it was filled', () => {
    const [one, other] = [new Ring(), new Ring()]
    one.add(records)
    const order = one.nearest(first, 1, 200, () => true)
    for (const record of records.toReversed()) other.add([record])
    expect(other.nearest(first, 1, 200, () => true)).to.deep.equal(order)
  })

  it('goes round both ways and never names the one it began with', () => {
    const ring = new Ring()
    ring.add(records)
    const behind = ring.nearest(first, 1, 300, () => true)
    expect(behind).to.have.lengthOf(199)
    expect(behind).not.to.include(first)
    expect(ring.nearest(first, -1, 300, () => true)).to.deep.equal(behind.toReversed())
  })

  it('puts nodes that are numbered through far from one another', () => {
    const ring = new Ring()
    ring.add(records)
    const order = ring.nearest(first, 1, 300, () => true)
    const inARow = order.filter((record, i) => Math.abs(records.indexOf(record) - records.indexOf(order[i - 1]!)) === 1)
    expect(inARow.length).to.be.below(12)
  })

  it('skips those that are not wanted and those that were removed', () => {
    const ring = new Ring()
    ring.add(records)
    const [second, third, fourth] = ring.nearest(first, 1, 3, () => true)
    ring.remove(new Set([second!]))
    expect(ring.nearest(first, 1, 1, (record) => record !== third)).to.deep.equal([fourth])
  })
})
