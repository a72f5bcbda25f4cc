import { type Address, addressToBytes } from '../../net/address.ts'
import { Writer } from '../../net/cursor.ts'
import { AF_INET6, ENOMEM, IPPROTO_IPV6, SOCK_DGRAM } from '../../net/rawnet/constants.ts'
import { openSocket, RawnetError, type RawSocket } from '../../net/rawnet/index.ts'
import { solicitedNodeGroup } from './ndp.ts'

// Linux: netinet/in.h
const IPV6_JOIN_GROUP = 20
const IPV6_LEAVE_GROUP = 21

/** RFC 4291 s2.7.1 */
const groupBits = 0xff_ffffn

interface GroupSocket {
  readonly socket: RawSocket
  groups: number
  isFull: boolean
}

interface Membership {
  readonly by: GroupSocket
  /** Several addresses can have one group. */
  readonly addresses: Set<bigint>
}

/**
 * The solicited-node groups of addresses, joined on one interface: network cards and switches that snoop on MLD then
 * pass solicitations on to us. Nothing is received on these sockets.
 */
export class SolicitedGroups {
  readonly #interfaceIndex: number
  /** By the bits of the address that make its group. */
  readonly #memberships = new Map<bigint, Membership>()
  /** A socket holds as many memberships as net.core.optmem_max has room for; then another one goes on. */
  readonly #sockets = new Set<GroupSocket>()

  constructor(interfaceIndex: number) {
    this.#interfaceIndex = interfaceIndex
  }

  /** Throws RawnetError. */
  add(address: Address): void {
    const key = address.value & groupBits
    const membership = this.#memberships.get(key) ?? {
      by: this.#join(solicitedNodeGroup(address)),
      addresses: new Set(),
    }
    membership.addresses.add(address.value)
    this.#memberships.set(key, membership)
  }

  /** Throws RawnetError. */
  remove(address: Address): void {
    const key = address.value & groupBits
    const membership = this.#memberships.get(key)
    if (!membership?.addresses.delete(address.value) || membership.addresses.size > 0) return
    this.#memberships.delete(key)
    this.#leave(membership.by, solicitedNodeGroup(address))
  }

  close(): void {
    for (const { socket } of this.#sockets) socket.close()
    this.#sockets.clear()
    this.#memberships.clear()
  }

  #join(group: Address): GroupSocket {
    for (const by of this.#sockets) if (!by.isFull && this.#hasRoom(by, group)) return by
    const by: GroupSocket = { socket: openSocket(AF_INET6, SOCK_DGRAM, 0), groups: 1, isFull: false }
    this.#sockets.add(by)
    by.socket.setOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, this.#request(group))
    return by
  }

  #hasRoom(by: GroupSocket, group: Address): boolean {
    try {
      by.socket.setOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, this.#request(group))
      by.groups++
      return true
    } catch (error) {
      if (!(error instanceof RawnetError) || error.errno !== ENOMEM) throw error
      by.isFull = true
      return false
    }
  }

  #leave(by: GroupSocket, group: Address): void {
    by.isFull = false
    by.groups--
    if (by.groups > 0) {
      by.socket.setOption(IPPROTO_IPV6, IPV6_LEAVE_GROUP, this.#request(group))
    } else {
      this.#sockets.delete(by)
      by.socket.close()
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
