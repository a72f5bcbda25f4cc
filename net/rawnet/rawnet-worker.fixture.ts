/** Watches three sockets until it is terminated: one reads, one never does, one closes itself. */
import { parentPort } from 'node:worker_threads'
import { AF_PACKET, SOCK_RAW } from './constants.ts'
import { interfaceIndex, openSocket, type RawSocket, ReceiveBatch } from './index.ts'
import { packetAddress } from './socket-address.ts'

const etherType = 0x88b5
const etherTypeInNetworkOrder = 0xb588
const batch = new ReceiveBatch({ slots: 16, slotBytes: 2048 })
let received = 0

function watchPackets(onReadable: (socket: RawSocket) => void): void {
  const socket = openSocket(AF_PACKET, SOCK_RAW, etherTypeInNetworkOrder)
  socket.bind(packetAddress({ protocol: etherType, interfaceIndex: interfaceIndex('v1') }))
  socket.watch(() => onReadable(socket))
}

watchPackets((socket) => {
  received += socket.receiveBatch(batch)
  if (received > 100) parentPort?.postMessage(received)
})
watchPackets(() => {})
watchPackets((socket) => socket.close())
