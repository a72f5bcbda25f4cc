/** Records a sealed message that goes out on an interface, and sends it there again. Argument: the interface. */
import { internetChecksum } from '../../../net/checksum.ts'
import { AF_PACKET, SOCK_RAW } from '../../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket, ReceiveBatch } from '../../../net/rawnet/index.ts'
import { packetAddress } from '../../../net/rawnet/socket-address.ts'
import { protocolVersion } from '../seal.ts'

const ETH_P_ALL = 3
const PACKET_OUTGOING = 4
const UDP = 17
/** Where UDP and the addresses before it begin, without IP options. */
const layouts = [
  { udpAt: 14 + 20, addressesAt: 14 + 12 },
  { udpAt: 14 + 40, addressesAt: 14 + 8 },
] as const

const [name = ''] = process.argv.slice(2)
const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
socket.bind(packetAddress({ protocol: ETH_P_ALL, interfaceIndex: interfaceIndex(name) }))
const batch = new ReceiveBatch({ slots: 8, slotBytes: 2048 })

socket.watch(() => {
  const count = socket.receiveBatch(batch)
  for (let slot = 0; slot < count && socket.fd >= 0; slot++) {
    const frame = batch.data(slot)
    const isOutgoing = batch.from(slot)[10] === PACKET_OUTGOING // sll_pkttype, packet(7)
    const layout = layouts.find(({ udpAt }) => frame[udpAt + 8] === protocolVersion && frame[udpAt + 9] === 0)
    if (!isOutgoing || !layout) continue
    socket.send(withChecksum(Buffer.from(frame), layout))
    socket.close()
  }
})

/** The kernel leaves it to the network card, which a pair of virtual ones does not have. */
function withChecksum(frame: Buffer, { udpAt, addressesAt }: (typeof layouts)[number]): Buffer {
  frame.writeUInt16BE(0, udpAt + 6)
  const lengthAndProtocol = frame.length - udpAt + UDP
  frame.writeUInt16BE(internetChecksum(frame, lengthAndProtocol, addressesAt), udpAt + 6)
  return frame
}
