import type { Address } from '../../../net/address.ts'
import { openUdpSocket } from '../transport.ts'

/** A UDP port of the kernel's choice that nobody else uses. */
export function freePort(address: Address): number {
  const socket = openUdpSocket(address, 0)
  const port = socket.localAddress().readUInt16BE(2)
  socket.close()
  return port
}
