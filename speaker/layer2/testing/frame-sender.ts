/** Sends frames as they are, so that a test can tag them as it likes. Arguments: an interface, and frames in hex. */

import { AF_PACKET, SOCK_RAW } from '../../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket } from '../../../net/rawnet/index.ts'
import { packetAddress } from '../../../net/rawnet/socket-address.ts'

const [name = '', ...frames] = process.argv.slice(2)
const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
socket.bind(packetAddress({ protocol: 0, interfaceIndex: interfaceIndex(name) }))
for (const frame of frames) socket.send(Buffer.from(frame, 'hex'))
socket.close()
