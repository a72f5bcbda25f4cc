import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { rangeOf } from '../../net/range.ts'
import { nextRetention, type Retention } from './retention.ts'

const addresses = [rangeOf(parseAddress('192.0.2.1'))]
const others = [rangeOf(parseAddress('192.0.2.9'))]
const hour = 3_600_000
const nowMillis = Date.parse('2026-01-01T00:00:00.400Z')
const kept: Retention = { addresses, retainForMillis: hour, expiresAtMillis: undefined }
const ending: Retention = { ...kept, expiresAtMillis: nowMillis + 5 }

describe('what is kept for a Service', () => {
  const next = (
    former: Retention | undefined,
    holding?: Parameters<typeof nextRetention>[1],
    origin?: Parameters<typeof nextRetention>[2],
  ) => nextRetention(former, holding, origin, nowMillis)

  it('is what it has, without end, where the pool wants it', () => {
    expect(next(undefined, { addresses, retainForMillis: hour })).to.deep.equal(kept)
    expect(next(ending, { addresses, retainForMillis: hour })).to.deep.equal(kept)
  })
  it('is not what it had before', () => {
    expect(next(kept, { addresses: others, retainForMillis: hour })?.addresses).to.equal(others)
  })
  it('is nothing while it has an address of a pool that does not want it', () => {
    expect(next(kept, { addresses: others, retainForMillis: undefined })).to.equal(undefined)
  })
  it('is nothing for one that never had anything', () => {
    expect(next(undefined)).to.equal(undefined)
  })
  it('ends, after the time of the pool, when it has nothing any more; in whole seconds, and not too early', () => {
    const end = Date.parse('2026-01-01T02:00:01Z')
    expect(next(kept, undefined, { retainForMillis: 2 * hour })?.expiresAtMillis).to.equal(end)
  })
  it('ends after the time that the pool had when the pool is gone', () => {
    expect(next(kept)?.expiresAtMillis).to.equal(Date.parse('2026-01-01T01:00:01Z'))
  })
  it('ends at once when the pool does not want it any more, or nobody knows for how long', () => {
    expect(next(kept, undefined, { retainForMillis: undefined })).to.equal(undefined)
    expect(next({ ...kept, retainForMillis: undefined })).to.equal(undefined)
  })
  it('ends when that was said first, whatever becomes of the pool', () => {
    for (const retainForMillis of [undefined, 1, 9 * hour]) {
      expect(next(ending, undefined, { retainForMillis })).to.equal(ending)
    }
  })
})
