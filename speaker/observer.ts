import type { V1Service } from '@kubernetes/client-node'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import { formatAddress } from '../net/address.ts'
import { formatMac } from '../net/mac.ts'
import type { AnnouncementObserver } from './announcer.ts'
import type { Interface } from './layer2/interfaces.ts'
import type { Layer2Reports } from './layer2/layer2.ts'
import type { Layer2ProtocolOptions } from './layer2-protocol.ts'
import type { SpeakerMetrics } from './metrics.ts'
import type { OwnershipOptions } from './ownership/ownership.ts'
import { emitServiceEvent } from './service-events.ts'

interface ObserverOptions {
  node: string
  log: Log
  metrics: SpeakerMetrics
  events: EventRecorder
}

/** Tells logs, metrics and events what is announced. */
export function createObserver(options: ObserverOptions, onWithdrawn: () => void): AnnouncementObserver {
  const { node, log, metrics, events } = options
  const gauge = (service: string, protocol: string, addresses: readonly string[], is: boolean): void => {
    for (const ip of addresses) metrics.announced({ service, protocol, node, ip }, is)
  }
  return {
    announced(service, object, protocol, ips) {
      log.info({ event: 'serviceAnnounced', service, protocol, ips }, 'announcing the service from this node')
      gauge(service, protocol, ips, true)
      const message = `announcing from node "${node}" with protocol "${protocol}"`
      emitServiceEvent(events, object, 'nodeAssigned', message)
    },
    withdrawn(service, protocol, ips, reason, message) {
      const fields = { event: 'serviceWithdrawn', service, protocol, ips, reason, ...(message ? { message } : {}) }
      log.info(fields, 'the service is not announced from this node any more')
      gauge(service, protocol, ips, false)
      onWithdrawn()
    },
    processed: () => metrics.update(false),
    failed(service, error) {
      log.error({ service, err: error }, 'cannot decide about the service')
      metrics.update(true)
    },
  }
}

/** The addresses are this node's, but an administrator has named interfaces that it does not have. */
export function reportNoInterface({ node, log, events }: ObserverOptions): Layer2ProtocolOptions['onNoInterface'] {
  return (service, ips, interfaces) => {
    log.warn({ event: 'announceFailed', ips, interfaces }, 'none of the interfaces to announce on exists here')
    const message = `node "${node}" has none of the interfaces ${interfaces.join(', ')} to announce ${ips.join(', ')} on with protocol "layer2"`
    emitServiceEvent(events, service, 'announceFailed', message)
  }
}

/** Somebody on the network who is no speaker has an address of a Service. */
export function reportConflict(
  { log, metrics, events }: ObserverOptions,
  find: (service: string) => V1Service | undefined,
): OwnershipOptions['onConflict'] {
  return ({ address, services, mac, interface: at }) => {
    const ip = formatAddress(address)
    log.warn(
      { event: 'addressConflict', ip, mac, interface: at, services },
      'another host has the address of a service',
    )
    metrics.conflict(ip)
    const message = `the host with the hardware address ${mac} has ${ip} too, as seen on interface ${at}`
    for (const service of services.flatMap((key) => find(key) ?? [])) {
      emitServiceEvent(events, service, 'AddressConflict', message)
    }
  }
}

export function reportLayer2(log: Log): Pick<Layer2Reports, 'opened' | 'closed' | 'failed'> {
  const fields = ({ name, mac }: Interface) => ({ interface: name, mac: formatMac(mac) })
  return {
    opened: (at, protocol) => log.info({ ...fields(at), protocol }, 'answering on the interface'),
    closed: (at, protocol) => log.info({ ...fields(at), protocol }, 'not answering on the interface any more'),
    failed: (error, at) => log.error({ err: error, ...(at && fields(at)) }, 'layer 2 failed, will try again'),
  }
}
