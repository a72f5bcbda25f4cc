import type { V1Service } from '@kubernetes/client-node'
import type { EventRecorder } from '../kube/events.ts'

/** What speakers tell Services, in docs/events.md too; by MetalLB's names where it has them. */
export const serviceEvents = {
  nodeAssigned: 'Normal',
  announceFailed: 'Warning',
  AddressConflict: 'Warning',
} as const

export function emitServiceEvent(
  events: Pick<EventRecorder, 'emit'>,
  service: V1Service,
  reason: keyof typeof serviceEvents,
  message: string,
): void {
  const target = { ...service, apiVersion: 'v1', kind: 'Service' } // watched objects come without
  events.emit(target, { type: serviceEvents[reason], reason, message })
}
