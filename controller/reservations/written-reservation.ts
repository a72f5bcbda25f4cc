/** The IPReservations that the controller writes itself, one for each Service with an address of a pool with retainFor. */
import { parseReservation } from '../../config/reservation.ts'
import type { IPReservation, IPReservationSpec } from '../../crds/generated/types.ts'
import { given } from '../../kube/given.ts'
import { refOf } from '../../kube/object.ts'
import { timestampOf } from '../../kube/timestamp.ts'
import { formatAddress } from '../../net/address.ts'
import { type AddressRange, formatRange } from '../../net/range.ts'
import type { Retention } from './retention.ts'

const managedBy = 'app.kubernetes.io/managed-by'
const writer = 'metallb-controller'

/** Neither part has a dot, so that no two Services have the same. */
export function writtenName(service: string): string {
  const { namespace, name } = refOf(service)
  return `service.${namespace}.${name}`
}

/** Undefined: it is no such name. */
export function serviceOfName(name: string): string | undefined {
  const [, namespace, service] = /^service\.([^.]+)\.([^.]+)$/.exec(name) ?? []
  return namespace && `${namespace}/${service}`
}

/** Undefined: somebody else's. */
export function serviceOfWritten({ metadata, spec }: IPReservation): string | undefined {
  if (metadata?.labels?.[managedBy] !== writer || spec.service === undefined) return undefined
  const service = `${spec.service.namespace}/${spec.service.name}`
  return metadata.name === writtenName(service) ? service : undefined
}

/** Not owned by the Service, which it is to outlive. */
export function writtenReservation(namespace: string, service: string, retention: Retention): IPReservation {
  const { namespace: serviceNamespace = '', name: serviceName } = refOf(service)
  const labels = {
    [managedBy]: writer,
    'metallb.io/service-namespace': serviceNamespace,
    'metallb.io/service-name': serviceName,
  }
  const spec = { service: { namespace: serviceNamespace, name: serviceName }, ...variableSpec(retention) }
  return { metadata: { namespace, name: writtenName(service), labels }, spec }
}

/** The merge patch that makes the object say what is wanted, and nothing if it is not any more what we saw. */
export function amendment({ metadata }: IPReservation, retention: Retention): object {
  const unset = { timeToLive: null, expiresAt: null }
  return given({
    metadata: given({ resourceVersion: metadata?.resourceVersion }),
    spec: { ...unset, ...variableSpec(retention) },
  })
}

/** What the object says; undefined when it is somebody else's, or cannot be read. */
export function retentionIn(object: IPReservation): Retention | undefined {
  if (serviceOfWritten(object) === undefined) return undefined
  const result = parseReservation(object)
  if (!result.ok) return undefined
  const { addresses, expiresAtMillis } = result.reservation
  return { addresses, expiresAtMillis, retainForMillis: undefined }
}

function variableSpec({ addresses, expiresAtMillis }: Retention): IPReservationSpec {
  return given({
    addresses: addresses.map(formatAddresses),
    expiresAt: expiresAtMillis === undefined ? undefined : formatTime(expiresAtMillis),
  })
}

export function formatTime(millis: number): string {
  return timestampOf(new Date(millis))
}

function formatAddresses(range: AddressRange): string {
  const { family, first, last } = range
  return first === last ? formatAddress({ family, value: first }) : formatRange(range)
}
