import { IP_RECVERR, IPPROTO_IP, IPPROTO_IPV6, IPV6_RECVERR } from './constants.ts'
import type { ControlMessage } from './control-message.ts'

/** Why a message that was sent did not arrive: struct sock_extended_err, ip(7). */
export interface ExtendedError {
  readonly errno: number
  readonly origin: ErrorOrigin
  /** Type and code of the ICMP message; 0 for other origins. */
  readonly type: number
  readonly code: number
}

export type ErrorOrigin = 'none' | 'local' | 'icmp' | 'icmpv6' | 'other'

const origins: readonly ErrorOrigin[] = ['none', 'local', 'icmp', 'icmpv6'] // SO_EE_ORIGIN_*
const structureBytes = 16

/** Of the control messages that RawSocket.receiveErrors() brings; undefined when it is none of them. */
export function extendedError(messages: Iterable<ControlMessage>): ExtendedError | undefined {
  for (const { level, type, data } of messages) {
    const isError = (level === IPPROTO_IP && type === IP_RECVERR) || (level === IPPROTO_IPV6 && type === IPV6_RECVERR)
    if (!isError || data.length < structureBytes) continue
    const view = new DataView(data.buffer, data.byteOffset, structureBytes)
    return {
      errno: view.getUint32(0, true),
      origin: origins[data[4]!] ?? 'other',
      type: data[5]!,
      code: data[6]!,
    }
  }
  return undefined
}
