import { expect } from 'chai'
import type { IPReservation } from '../crds/generated/types.ts'
import { formatRange } from '../net/range.ts'
import { parseReservation, type ReservationSpec } from './reservation.ts'

const created = '2026-01-01T00:00:00Z'

function reservationOf(spec: object): ReservationSpec {
  const source = {
    metadata: { name: 'kept', creationTimestamp: created as unknown as Date },
    spec: { addresses: ['192.0.2.1'], namespace: 'web', ...spec },
  } as IPReservation
  const result = parseReservation(source)
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.reservation
}

describe('a reservation', () => {
  it('is of addresses, prefixes and ranges', () => {
    const { addresses } = reservationOf({ addresses: ['192.0.2.1', '192.0.2.8/30', '2001:db8::1-2001:db8::3'] })
    expect(addresses.map(formatRange)).to.deep.equal([
      '192.0.2.1-192.0.2.1',
      '192.0.2.8-192.0.2.11',
      '2001:db8::1-2001:db8::3',
    ])
  })

  it('is for a Service, a namespace, or whatever a selector matches', () => {
    const holderOf = (spec: object) => reservationOf({ namespace: undefined, ...spec }).holder
    expect(holderOf({ namespace: 'web' })).to.deep.equal({ kind: 'namespace', namespace: 'web' })
    expect(holderOf({ service: { namespace: 'web', name: 'shop' } })).to.deep.equal({
      kind: 'service',
      key: 'web/shop',
    })
    expect(holderOf({ serviceSelector: {} })).to.deep.equal({ kind: 'selector', selector: { requirements: [] } })
  })

  it('lasts for ever, for a time from its creation on, or until a date', () => {
    expect(reservationOf({}).expiresAtMillis).to.equal(undefined)
    expect(reservationOf({ timeToLive: '24h' }).expiresAtMillis).to.equal(Date.parse('2026-01-02T00:00:00Z'))
    expect(reservationOf({ expiresAt: '2026-03-01T12:00:00Z' }).expiresAtMillis).to.equal(
      Date.parse('2026-03-01T12:00:00Z'),
    )
  })
})
