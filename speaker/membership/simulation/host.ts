import type { Address } from '../../../net/address.ts'
import type { MemberLink } from '../member.ts'
import { Kernel } from './kernel.ts'
import type { Speaker } from './speaker.ts'

/** A node of the cluster: its kernel lives as long as it has power, its speaker comes and goes. */
export class Host {
  readonly index: number
  readonly name: string
  readonly subnet: number
  readonly link: Required<MemberLink>
  readonly kernel = new Kernel()
  isPowered = true
  speaker: Speaker | undefined
  /** When its speaker was last seen to serve. */
  servedMillis = Number.NEGATIVE_INFINITY
  /** Its clock's seconds in a second. */
  clockRate = 1
  /** What its calendar is ahead by. */
  calendarMillis = 0

  constructor(index: number, subnet: number) {
    this.index = index
    this.name = `node-${String(index).padStart(4, '0')}.example`
    this.subnet = subnet
    this.link = linkOf(index)
  }

  get hasSpeaker(): boolean {
    return this.isPowered && this.speaker !== undefined
  }

  get answers(): boolean {
    return this.hasSpeaker && this.speaker!.announcer.layer2.isOpen
  }

  get serves(): boolean {
    return this.hasSpeaker && this.speaker!.phase === 'serving'
  }
}

function linkOf(index: number): Required<MemberLink> {
  const low = index.toString(16).padStart(4, '0')
  const mac = `02:00:00:00:${low.slice(0, 2)}:${low.slice(2)}`
  const ipv4: Address = { family: 4, value: 0x0a000000n + BigInt(index + 1) }
  const ipv6: Address = { family: 6, value: (0xfe80n << 112n) + BigInt(index + 1) }
  return { mac, ipv4, ipv6 }
}
