import type { Labels } from '../config/selector.ts'
import type { Address } from '../net/address.ts'
import type { Ledger } from './ledger.ts'
import { namespaceOf } from './namespace-use.ts'
import { isFor } from './reservations.ts'

/** A Service with an address that is kept for others. */
export interface Stranger {
  readonly address: Address
  readonly service: string
}

/** Where one user of an address is meant by the reservation, the others share it with that one: none of them is a stranger. */
export function strangersOn(ledger: Ledger, name: string, labelsOf: (service: string) => Labels): Stranger[] {
  const reservation = ledger.reservations.get(name)
  const isMeant = (key: string) =>
    reservation !== undefined && isFor(reservation, { key, namespace: namespaceOf(key), labels: labelsOf(key) })
  return (reservation?.addresses ?? []).flatMap((range) =>
    ledger.occupancy.heldIn(range).flatMap(({ address, users }) => {
      if (users.some(({ service }) => isMeant(service))) return []
      return users.map(({ service }) => ({ address, service }))
    }),
  )
}
