import { expect } from 'chai'
import { mayTake, released, takenBy } from './lease-record.ts'

const since = { sinceMillis: 1_000, isGone: false }

describe('the record of a lease', () => {
  it('may be taken when it is free, its own or expired', () => {
    const held = { record: { spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } }, ...since }
    expect(mayTake(held, 'a', 15_999)).to.equal(false)
    expect(mayTake(held, 'a', 16_000)).to.equal(true)
    expect(mayTake(held, 'b', 1_000)).to.equal(true)
    expect(mayTake({ record: { spec: { holderIdentity: '' } }, ...since }, 'a', 1_000)).to.equal(true)
  })

  it('counts a transition only when the holder changes', () => {
    const first = takenBy({}, 'a', 15_000, new Date(0))
    expect(takenBy(first, 'a', 15_000, new Date(0)).leaseTransitions).to.equal(0)
    expect(takenBy(first, 'b', 15_000, new Date(0)).leaseTransitions).to.equal(1)
  })

  it('is free when it was given back', () => {
    const record = { spec: released(takenBy({}, 'a', 15_000, new Date(0)), new Date(0)) }
    expect(mayTake({ record, ...since }, 'b', 1_000)).to.equal(true)
    expect(record.spec.leaseTransitions).to.equal(0)
  })
})
