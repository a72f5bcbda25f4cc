import { type Address, addressFromBytes, formatAddress, parseAddress } from '../../net/address.ts'
import { BoundsError } from '../../net/cursor.ts'
import { parseMac } from '../../net/mac.ts'
import {
  ArpError,
  announcementFrames,
  arpOperation,
  broadcastMac,
  decodeArpFrame,
  encodeArpFrame,
} from '../../speaker/layer2/arp.ts'
import { answerArp, arpReplyBlank } from '../../speaker/layer2/arp-answer.ts'
import { AnnouncementBook, type Holding, type Interfaces } from '../../speaker/layer2/book.ts'
import { encodeIcmpv6Frame, icmpv6Offset, multicastMac } from '../../speaker/layer2/icmpv6.ts'
import { allNodes, solicitedNodeGroup } from '../../speaker/layer2/ndp.ts'
import { answerNdp } from '../../speaker/layer2/ndp-answer.ts'
import { advertisementFrame, type NdpStation } from '../../speaker/layer2/ndp-frames.ts'
import { BurstPlan } from '../../speaker/layer2/unsolicited.ts'
import { type Facts, type Operations, runSteps, type Step, type Suite } from '../suite.ts'

/** One interface, and the addresses that the node answers for. */
interface Side {
  readonly station: NdpStation
  readonly book: AnnouncementBook
  readonly bursts: BurstPlan<Holding>
}

interface Announcement {
  readonly service: string
  readonly ip: string
  readonly interfaces: '*' | readonly string[]
}

/** Somebody on the link. */
const asker = { mac: parseMac('02:00:00:00:00:99'), ipv4: '192.0.2.1', ipv6: 'fe80::99' }

const operations: Operations<Side> = {
  announce: (side, step) => {
    side.bursts.start(hold(side, step as unknown as Announcement), 0)
    return { gratuitousBurst: side.bursts.nextDueMillis() !== undefined, ...users(side) }
  },
  withdraw: (side, { service }) => {
    for (const freed of side.book.release(service as string)) side.bursts.stop(freed)
    return users(side)
  },
  shouldAnswer: (side, { ip, interface: interfaceName }) => {
    const there = { ...side, station: { ...side.station, interfaceName: interfaceName as string } }
    return { decision: decisionAbout(there, parseAddress(ip as string)), ...users(side) }
  },
  arpFrame: (side, { frame }) => ({ ...receiveArp(side, bytesOf(frame)), ...users(side) }),
  icmpv6: (side, { frame, source }) => {
    return { ...receiveIcmpv6(side, bytesOf(frame), parseAddress(source as string)), ...users(side) }
  },
  gratuitousARP: (side, step) => {
    const { value } = addressIn(step)
    const frames = isSilenced(side, step) ? [] : announcementFrames(side.station.mac, Number(value))
    return { frames: frames.map(hexOf), ...users(side) }
  },
  gratuitousNDP: (side, step) => {
    const { message, destination } = icmpv6In(advertisementFrame(addressIn(step), side.station))
    const messages = isSilenced(side, step) ? [] : [hexOf(message)]
    return { messages, destination: formatAddress(destination), ...users(side) }
  },
  solicitedNodeGroup: (side, step) => ({ group: formatAddress(solicitedNodeGroup(addressIn(step))), ...users(side) }),
}

function hold({ book }: Side, { service, ip, interfaces }: Announcement): Holding {
  const on: Interfaces = interfaces === '*' ? 'all' : interfaces
  const holding = book.hold(service, parseAddress(ip), on)
  book.cast(holding.address, 'own')
  return holding
}

/** How many Services hold each address. */
function users({ book }: Side): Facts {
  const entries = [...book.holdings()].map(({ address, users }) => [formatAddress(address), users] as const)
  return { users: Object.fromEntries(entries) }
}

/** Asks on the wire. */
function decisionAbout(side: Side, address: Address): unknown {
  if (address.family === 4) return receiveArp(side, arpRequest(address))['decision']
  return receiveIcmpv6(side, solicitation(address), parseAddress(asker.ipv6))['decision']
}

function receiveArp({ station, book }: Side, frame: Uint8Array): Facts {
  // The kernel's filter drops these before anybody judges them.
  if (!isReadable(() => decodeArpFrame(frame))) return { decision: 'unreadable', reply: null }
  const reply = arpReplyBlank(station)
  const verdict = answerArp(frame, frame.length, station, book, reply)
  if (typeof verdict === 'string') return { decision: verdict, reply: null }
  return { decision: 'answer', reply: hexOf(reply) }
}

function receiveIcmpv6({ station, book }: Side, message: Uint8Array, source: Address): Facts {
  const silence = (decision: string) => ({ decision, reply: null, replyTo: null })
  const headers = { sourceMac: asker.mac, destinationMac: multicastMac(allNodes), destination: allNodes, hopLimit: 255 }
  const frame = encodeIcmpv6Frame({ ...headers, source, message })
  const reply = advertisementFrame(source, station)
  const verdict = answerNdp(frame, frame.length, station, book, reply)
  if (typeof verdict === 'string') return silence(verdict)
  const answer = icmpv6In(reply)
  return { decision: 'answer', reply: hexOf(answer.message), replyTo: formatAddress(answer.destination) }
}

function icmpv6In(frame: Uint8Array): { message: Uint8Array; destination: Address } {
  const destination = addressFromBytes(frame.subarray(icmpv6Offset.destination, icmpv6Offset.type))
  return { message: frame.subarray(icmpv6Offset.type), destination }
}

function isReadable(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof ArpError || error instanceof BoundsError) return false
    throw error
  }
}

function arpRequest({ value }: Address): Uint8Array {
  return encodeArpFrame({
    ...{ destination: broadcastMac, source: asker.mac, operation: arpOperation.request, senderMac: asker.mac },
    senderAddress: Number(parseAddress(asker.ipv4).value),
    ...{ targetMac: new Uint8Array(6), targetAddress: Number(value) },
  })
}

/** RFC 4861 s4.3, with the option that names the asker's MAC. */
function solicitation({ value }: Address): Uint8Array {
  return bytesOf(`8700000000000000${value.toString(16).padStart(32, '0')}0101${hexOf(asker.mac)}`)
}

/** Somebody holds the address, but not for this interface. */
function isSilenced({ book, station }: Side, step: Step): boolean {
  return book.find(addressIn(step))?.allows(station.interfaceName) === false
}

function addressIn({ ip }: Step): Address {
  return parseAddress(ip as string)
}

function bytesOf(hex: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(hex as string, 'hex'))
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export const layer2Packets: Suite = {
  rules: { users: 'map' },
  run({ mac, interface: interfaceName, announced = [] }, steps) {
    const linkLocal = parseAddress('fe80::42')
    const station = { mac: parseMac(mac as string), interfaceName: interfaceName as string, linkLocal }
    const side: Side = { station, book: new AnnouncementBook(), bursts: new BurstPlan() }
    for (const one of announced as Announcement[]) hold(side, one)
    return runSteps(operations, side, steps)
  },
}
