/** What candidates write to each other in a Lease, and who may write when. */
import { leases } from './core.ts'
import type { KubeObject } from './object.ts'
import { defineResource } from './resource.ts'

export interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

export interface LeaseRecord extends KubeObject {
  spec?: LeaseSpec
}

export interface Observation {
  readonly record: LeaseRecord
  /** When this version of the record, or that it is gone, was first seen. */
  readonly sinceMillis: number
  /** Somebody deleted the record. Whoever held it last may not know yet, and leads until its own deadline. */
  readonly isGone: boolean
}

export const leaseRecords = defineResource<LeaseRecord>({ ...leases })

/** Whether `identity` may write itself into the record now: the record is free, its own, or has not changed in time. */
export function mayTake(observation: Observation, identity: string, nowMillis: number): boolean {
  const { holderIdentity = '' } = observation.record.spec ?? {}
  if (holderIdentity === '' || holderIdentity === identity) return true
  return nowMillis >= expiryMillis(observation)
}

/** When others may take what has not changed until then. */
export function expiryMillis({ record, sinceMillis }: Observation): number {
  return sinceMillis + (record.spec?.leaseDurationSeconds ?? 0) * 1000
}

/** The record with `identity` as its holder. */
export function takenBy(record: LeaseSpec, identity: string, leaseDurationMillis: number, wallTime: Date): LeaseSpec {
  const now = microTime(wallTime)
  const renewed = {
    ...record,
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMillis / 1000),
    renewTime: now,
  }
  if (record.holderIdentity === identity) return renewed
  return { ...renewed, acquireTime: now, leaseTransitions: (record.leaseTransitions ?? -1) + 1 }
}

/** The record without a holder. */
export function released(record: LeaseSpec, wallTime: Date): LeaseSpec {
  return { ...record, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallTime) }
}

/** MicroTime is parsed with exactly six digits. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z')
}
