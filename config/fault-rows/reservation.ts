import type { FaultRow } from './row.ts'

/** Of IPReservation. */
export const reservationFaults = {
  'reservation-without-addresses': {
    problem: 'is empty',
    remedy: 'list at least one address, CIDR or first-last range',
  },
  'reservation-holder': {
    problem: 'does not say for whom the addresses are kept',
    remedy: 'set exactly one of service, namespace and serviceSelector',
  },
  'reservation-ends-twice': {
    problem: 'is given beside timeToLive',
    remedy: 'set either timeToLive or expiresAt, or none of them to keep the addresses for ever',
  },
  'bad-date': {
    problem: 'is not a date with a time',
    remedy: 'write it as 2026-12-31T23:59:59Z',
  },
} as const satisfies Record<string, FaultRow>
