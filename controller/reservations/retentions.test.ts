import { expect } from 'chai'
import type { Allocator } from '../../allocation/allocator.ts'
import type { Pool } from '../../config/snapshot.ts'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { parseAddress } from '../../net/address.ts'
import { rangeOf } from '../../net/range.ts'
import type { Retention } from './retention.ts'
import { Retentions } from './retentions.ts'
import { writtenReservation } from './written-reservation.ts'

const service = 'default/web'
const key = 'metallb-system/service.default.web'
const address = parseAddress('192.0.2.1')
const pool = { name: 'blue', retainForMillis: 60_000 } as Pool

/** Writes take their time: what the watch brings can be older than what we know. */
describe('what is kept for all Services', () => {
  let holds: boolean
  let clock: VirtualClock
  let retentions: Retentions
  const written = (retention: Retention) => writtenReservation('metallb-system', service, retention)
  const kept: Retention = { addresses: [rangeOf(address)], retainForMillis: undefined, expiresAtMillis: undefined }

  beforeEach(() => {
    holds = true
    clock = new VirtualClock()
    const space = { pool, services: [service], contains: () => true }
    const allocator = {
      allocationOf: () => (holds ? { service, pool: 'blue', addresses: [address] } : undefined),
      pool: () => space,
      pools: [space],
    } as unknown as Allocator
    retentions = new Retentions({ allocator, clock, onChange: () => {} })
    retentions.setPools([pool])
    holds = false
    retentions.look(service)
  })

  it('is not forgotten when an earlier removal shows, of before the Service came again', () => {
    const { expiresAtMillis } = retentions.get(service)!
    const gone = written({ ...kept, expiresAtMillis: expiresAtMillis! - 30_000 })
    retentions.changed(service, { key, before: gone, after: undefined })
    expect(retentions.get(service)).to.deep.include({ expiresAtMillis })
  })
  it('does not end sooner when an earlier end shows', () => {
    const { expiresAtMillis } = retentions.get(service)!
    const earlier = written({ ...kept, expiresAtMillis: expiresAtMillis! - 30_000 })
    retentions.changed(service, { key, before: written(kept), after: earlier })
    expect(retentions.get(service)).to.deep.include({ expiresAtMillis })
  })
  it('ends as somebody says who edits what we wrote', () => {
    const { expiresAtMillis } = retentions.get(service)!
    const later = { ...kept, expiresAtMillis: expiresAtMillis! + 30_000 }
    retentions.changed(service, { key, before: written({ ...kept, expiresAtMillis }), after: written(later) })
    expect(retentions.get(service)).to.deep.include({ expiresAtMillis: later.expiresAtMillis })
    retentions.changed(service, { key, before: written(later), after: undefined })
    expect(retentions.get(service)).to.equal(undefined)
  })
})
