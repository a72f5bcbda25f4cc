import type { IPReservation, IPReservationSpec } from '../crds/generated/types.ts'
import type { AddressRange } from '../net/range.ts'
import { parseAddressList } from './address-list.ts'
import { parseDuration } from './duration.ts'
import { type ConfigError, type Faults, type Report, reporterOf } from './faults.ts'
import { type LabelSelector, parseSelector } from './selector.ts'

/** Addresses that are kept for somebody. */
export interface ReservationSpec {
  readonly name: string
  readonly addresses: readonly AddressRange[]
  readonly holder: ReservationHolder
  /** Wall clock; undefined: for ever. */
  readonly expiresAtMillis: number | undefined
}

export type ReservationHolder =
  /** `key` is namespace/name. */
  | { readonly kind: 'service'; readonly key: string }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'selector'; readonly selector: LabelSelector }

export type ReservationResult =
  | { readonly ok: true; readonly reservation: ReservationSpec }
  | { readonly ok: false; readonly errors: readonly ConfigError[] }

/** Each reservation stands for itself: one that is at fault keeps no other from counting. */
export function parseReservation({ metadata = {}, spec }: IPReservation): ReservationResult {
  const { name = '', creationTimestamp } = metadata
  const faults: Faults = { errors: [], warnings: [] }
  const report = reporterOf('IPReservation', name, faults)
  const addresses = parseAddressList(spec.addresses, 'spec.addresses', report)
  if (spec.addresses.length === 0) {
    report({ code: 'reservation-without-addresses', field: 'spec.addresses', value: spec.addresses })
  }
  const holder = parseHolder(spec, report)
  const expiresAtMillis = parseEnd(spec, millisOf(creationTimestamp), report)
  if (faults.errors.length > 0) return { ok: false, errors: faults.errors }
  return { ok: true, reservation: { name, addresses, holder: holder!, expiresAtMillis } }
}

function parseHolder(spec: IPReservationSpec, report: Report): ReservationHolder | undefined {
  const { service, namespace, serviceSelector } = spec
  const holders: ReservationHolder[] = []
  if (service) holders.push({ kind: 'service', key: `${service.namespace}/${service.name}` })
  if (namespace) holders.push({ kind: 'namespace', namespace })
  if (serviceSelector) {
    holders.push({ kind: 'selector', selector: parseSelector(serviceSelector, 'spec.serviceSelector', report) })
  }
  if (holders.length !== 1) {
    report({ code: 'reservation-holder', field: 'spec', value: { service, namespace, serviceSelector } })
  }
  return holders[0]
}

function parseEnd(spec: IPReservationSpec, createdMillis: number | undefined, report: Report): number | undefined {
  const { timeToLive, expiresAt } = spec
  if (timeToLive !== undefined && expiresAt !== undefined) {
    report({ code: 'reservation-ends-twice', field: 'spec.expiresAt', value: expiresAt })
  }
  if (expiresAt !== undefined) {
    const millis = millisOf(expiresAt)
    if (millis === undefined) report({ code: 'bad-date', field: 'spec.expiresAt', value: expiresAt })
    return millis
  }
  if (timeToLive === undefined) return undefined
  const nanos = parseDuration(timeToLive)
  if (nanos === undefined) report({ code: 'bad-duration', field: 'spec.timeToLive', value: timeToLive })
  return createdMillis === undefined || nanos === undefined ? undefined : createdMillis + nanos / 1e6
}

/** The types say Date where JSON has text. */
function millisOf(time: string | Date | undefined): number | undefined {
  const millis = time === undefined ? Number.NaN : new Date(time).getTime()
  return Number.isNaN(millis) ? undefined : millis
}
