import { ETH_P_ARP } from '../../net/rawnet/constants.ts'
import { arpOffset, arpOperation, broadcastMac, encodeArpFrame } from '../../speaker/layer2/arp.ts'
import type { Asker } from './asker.ts'

/**
 * The number of a request is its sender's address, which comes back as the target of the reply: an answer that is late
 * is not taken for that to another request. 198.0.0.0/8 is nobody's here.
 */
const numberedNetwork = 198

export const arpAsker: Asker = {
  etherType: ETH_P_ARP,

  request: ({ value }, own) =>
    encodeArpFrame({
      ...{ destination: broadcastMac, source: own, operation: arpOperation.request, senderMac: own },
      senderAddress: (numberedNetwork << 24) >>> 0,
      ...{ targetMac: new Uint8Array(6), targetAddress: Number(value) },
    }),

  setNumber(request, number) {
    request.writeUIntBE(number, arpOffset.senderAddress + 1, 3)
  },

  answeredNumber(frame) {
    if (frame.length < arpOffset.end || frame[arpOffset.operation + 1] !== arpOperation.reply) return undefined
    if (frame[arpOffset.targetAddress] !== numberedNetwork) return undefined
    return frame.readUIntBE(arpOffset.targetAddress + 1, 3)
  },

  answeredMac: (frame) => frame.subarray(arpOffset.senderMac, arpOffset.senderMac + 6),
}
