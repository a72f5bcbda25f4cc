import { type Address, addressToBytes, formatAddress } from '../../net/address.ts'
import { Writer } from '../../net/cursor.ts'
import { AF_INET6, SOCK_DGRAM } from '../../net/rawnet/constants.ts'
import { openSocket, RawnetError, type RawSocket } from '../../net/rawnet/index.ts'
import { solicitedNodeGroup } from './ndp.ts'

// Linux: netinet/in.h
const IPPROTO_IPV6 = 41
const IPV6_JOIN_GROUP = 20
const IPV6_LEAVE_GROUP = 21

interface Membership {
  readonly socket: RawSocket
  /** Several addresses can have one group. */
  readonly addresses: Set<bigint>
}

/**
 * The solicited-node groups of the addresses held, joined on one interface: network cards and switches that snoop on
 * MLD then pass solicitations on to us. Nothing is received on these sockets.
 */
export class SolicitedGroups {
  readonly #interfaceIndex: number
  readonly #memberships = new Map<string, Membership>()
  readonly #sockets: RawSocket[] = []

  constructor(interfaceIndex: number) {
    this.#interfaceIndex = interfaceIndex
  }

  /** Throws RawnetError. */
  add(address: Address): void {
    const group = solicitedNodeGroup(address)
    const key = formatAddress(group)
    const membership = this.#memberships.get(key) ?? { socket: this.#join(group), addresses: new Set() }
    membership.addresses.add(address.value)
    this.#memberships.set(key, membership)
  }

  /** Throws RawnetError. */
  remove(address: Address): void {
    const group = solicitedNodeGroup(address)
    const key = formatAddress(group)
    const membership = this.#memberships.get(key)
    if (!membership?.addresses.delete(address.value) || membership.addresses.size > 0) return
    this.#memberships.delete(key)
    membership.socket.setOption(IPPROTO_IPV6, IPV6_LEAVE_GROUP, this.#request(group))
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close()
    this.#memberships.clear()
  }

  /** A socket holds as many memberships as net.core.optmem_max has room for; then another one goes on. */
  #join(group: Address): RawSocket {
    const last = this.#sockets.at(-1)
    if (last && this.#hasRoom(last, group)) return last
    const socket = openSocket(AF_INET6, SOCK_DGRAM, 0)
    this.#sockets.push(socket)
    socket.setOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, this.#request(group))
    return socket
  }

  #hasRoom(socket: RawSocket, group: Address): boolean {
    try {
      socket.setOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, this.#request(group))
      return true
    } catch (error) {
      if (error instanceof RawnetError && error.code === 'ENOMEM') return false
      throw error
    }
  }

  /** struct ipv6_mreq */
  #request(group: Address): Uint8Array {
    const writer = new Writer(20)
    writer.bytes(addressToBytes(group))
    writer.u32le(this.#interfaceIndex)
    return writer.finish()
  }
}
