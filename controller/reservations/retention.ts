import type { ReservationSpec } from '../../config/reservation.ts'
import { type AddressRange, formatRange } from '../../net/range.ts'

/** What is kept for one Service because the pool says so. */
export interface Retention {
  readonly addresses: readonly AddressRange[]
  /** Of the pool when it was last seen; undefined where that is not known. */
  readonly retainForMillis: number | undefined
  /** Wall clock; undefined as long as the Service has the addresses. */
  readonly expiresAtMillis: number | undefined
}

/** What the Service has, and how long its pool wants it to be kept afterwards. */
export interface Holding {
  readonly addresses: readonly AddressRange[]
  readonly retainForMillis: number | undefined
}

/** The pool that has the addresses of a retention now. */
export interface Origin {
  readonly retainForMillis: number | undefined
}

/** `holding` undefined: the Service has no address, or does not exist. */
export function nextRetention(
  former: Retention | undefined,
  holding: Holding | undefined,
  origin: Origin | undefined,
  nowMillis: number,
): Retention | undefined {
  // 1. What the Service has is kept, for as long as it has it. What it had before is not.
  if (holding !== undefined) {
    return holding.retainForMillis === undefined ? undefined : { ...holding, expiresAtMillis: undefined }
  }
  // 2. An end that has been set stands, whatever becomes of the pool.
  if (former === undefined || former.expiresAtMillis !== undefined) return former
  // 3. The time begins to run. A pool that is gone may come back: then the time that it had counts.
  const { retainForMillis } = origin ?? former
  if (retainForMillis === undefined) return undefined
  return { ...former, expiresAtMillis: Math.ceil((nowMillis + retainForMillis) / 1000) * 1000 }
}

export function sameRetention(a: Retention | undefined, b: Retention | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.expiresAtMillis === b.expiresAtMillis && textOf(a) === textOf(b)
}

export function specOf(name: string, service: string, { addresses, expiresAtMillis }: Retention): ReservationSpec {
  return { name, addresses, holder: { kind: 'service', key: service }, expiresAtMillis }
}

function textOf({ addresses }: Retention): string {
  return addresses.map(formatRange).sort().join()
}
