/**
 * `node arp-prober.ts INTERFACE SENDER_IP`, in the client's network namespace. Each line of standard input names an IPv4
 * address: it is asked for every millisecond until somebody answers, then the time of the answer is printed
 * (nanoseconds of the monotonic clock, which all processes of a machine share).
 */

import { networkInterfaces } from 'node:os'
import { createInterface } from 'node:readline'
import { addressToBytes, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { AF_PACKET, ETH_P_ARP, SOCK_RAW } from '../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'
import { arpOffset, arpOperation, broadcastMac, encodeArpFrame } from '../../speaker/layer2/arp.ts'

const [link = 'eth0', sender = ''] = process.argv.slice(2)
const askEveryMillis = 1

const ipv4 = (text: string): number => Buffer.from(addressToBytes(parseAddress(text))).readUInt32BE()
const own = parseMac(networkInterfaces()[link]?.[0]?.mac ?? '')
const at = packetAddress({ protocol: ETH_P_ARP, interfaceIndex: interfaceIndex(link) })
const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
socket.bind(at)
const batch = new ReceiveBatch({ slots: 64, slotBytes: 128 })

let wanted = 0
let asking: NodeJS.Timeout | undefined

function ask(text: string): void {
  wanted = ipv4(text)
  const frame = encodeArpFrame({
    destination: broadcastMac,
    source: own,
    operation: arpOperation.request,
    senderMac: own,
    senderAddress: ipv4(sender),
    targetMac: new Uint8Array(6),
    targetAddress: wanted,
  })
  asking = setInterval(() => socket.send(frame, at), askEveryMillis)
}

socket.watch(() => {
  const now = process.hrtime.bigint()
  for (let slot = 0, count = socket.receiveBatch(batch); slot < count; slot += 1) {
    const frame = batch.data(slot)
    const isReply = frame.readUInt16BE(arpOffset.operation) === arpOperation.reply
    const isUnicast = frame[0] === own[0] && frame[5] === own[5]
    if (!isReply || !isUnicast || frame.readUInt32BE(arpOffset.senderAddress) !== wanted || asking === undefined)
      continue
    clearInterval(asking)
    asking = undefined
    console.log(String(now))
  }
})

createInterface({ input: process.stdin })
  .on('line', ask)
  .on('close', () => process.exit())
console.log('ready')
