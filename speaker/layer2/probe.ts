import type { Address } from '../../net/address.ts'
import { formatMac } from '../../net/mac.ts'
import { ETH_P_ARP } from '../../net/rawnet/constants.ts'
import { type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import { arpOffset, probeFrame } from './arp.ts'
import { etherTypeIpv6 } from './icmpv6.ts'
import type { Interface } from './interfaces.ts'
import { searchFrame } from './ndp-frames.ts'
import { openPacketSocket, sendFrame } from './packet-socket.ts'
import { arpClaimFilter, ndpClaimFilter } from './probe-filter.ts'
import { SolicitedGroups } from './solicited-groups.ts'
import type { BurstClock } from './unsolicited.ts'

/** So often an address is asked for, and after the last time it is listened as long again. In all 300 ms. */
const probePace = { times: 3, everyMillis: 100 } as const

export interface ProbeOptions {
  readonly interface: Pick<Interface, 'index' | 'mac'>
  readonly address: Address
  readonly clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
  /** Default: {@link openPacketSocket}. */
  readonly open?: typeof openPacketSocket | undefined
}

/** What to ask with, and where in a claim its sender's MAC is. */
interface Question {
  readonly protocol: number
  readonly filter: Uint8Array
  readonly frame: Uint8Array
  readonly macOffset: number
}

const batch = { slots: 16, slotBytes: 256 } as const

/**
 * Asks on the wire who has an address (RFC 5227 s2.1.1, RFC 4862 s5.4), as one who does not have it: what neighbours
 * know of it stays as it is. Resolves with the MACs that claim it, that of the interface itself aside. A claim is an
 * answer, an announcement, or that somebody else asks like this. Rejects when it cannot be asked.
 */
export async function probeAddress(options: ProbeOptions): Promise<string[]> {
  const { interface: at, address, clock, open = openPacketSocket } = options
  const { protocol, filter, frame, macOffset } = questions[address.family](at, address)
  const claims = new Set<string>()
  const groups = new SolicitedGroups(at.index)
  let socket: RawSocket | undefined
  let asked = 0
  try {
    if (address.family === 6) groups.add(address) // RFC 4862 s5.4.2: to hear others who look for duplicates
    socket = open({ interfaceIndex: at.index, protocol, filters: [filter] })
    const heard = listen(socket, (claim) => claims.add(formatMac(claim.subarray(macOffset, macOffset + 6))))
    for (let time = 0; time < probePace.times; time++) {
      if (sendFrame(socket, frame)) asked++
      await Promise.race([pause(clock, probePace.everyMillis), heard])
    }
  } finally {
    socket?.close()
    groups.close()
  }
  if (asked === 0) throw new Error('the interface took no frame')
  claims.delete(formatMac(at.mac))
  return [...claims]
}

const questions: Readonly<Record<Address['family'], (at: ProbeOptions['interface'], address: Address) => Question>> = {
  4: ({ index, mac }, { value }) => ({
    protocol: ETH_P_ARP,
    filter: arpClaimFilter(index, Number(value)),
    frame: probeFrame(mac, Number(value)),
    macOffset: arpOffset.senderMac,
  }),
  6: ({ index, mac }, address) => ({
    protocol: etherTypeIpv6,
    filter: ndpClaimFilter(index, address),
    frame: searchFrame(address, mac),
    macOffset: 6, // the sender of the Ethernet frame
  }),
}

/** Never resolves; rejects when the socket fails, as it does when the interface goes. */
function listen(socket: RawSocket, onFrame: (frame: Uint8Array) => void): Promise<never> {
  const received = new ReceiveBatch(batch)
  return new Promise((_, reject) => {
    socket.watch(() => {
      try {
        const count = socket.receiveBatch(received)
        for (let slot = 0; slot < count; slot++) onFrame(received.data(slot))
      } catch (error) {
        reject(error)
      }
    })
  })
}

function pause(clock: ProbeOptions['clock'], millis: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, millis))
}
