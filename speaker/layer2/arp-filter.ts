import { encodeFilter } from '../../net/rawnet/filter.ts'

/** BPF_LD | BPF_W | BPF_ABS; BPF_JMP | BPF_JEQ | BPF_K; BPF_RET | BPF_K */
const loadWord = 0x20
const jumpIfEqual = 0x15
const returnBytes = 0x06

const wholeFrame = 0xffff_ffff

/**
 * Lets requests for IPv4 over Ethernet through; the kernel drops all else before it costs us anything.
 * Offsets as drawn in arp.ts: the word at 14 is hardware and protocol type, the one at 18 lengths and operation.
 */
export function arpRequestFilter(): Uint8Array {
  return encodeFilter([
    { code: loadWord, k: 14 },
    { code: jumpIfEqual, k: 0x0001_0800, jumpFalse: 3 },
    { code: loadWord, k: 18 },
    { code: jumpIfEqual, k: 0x0604_0001, jumpFalse: 1 },
    { code: returnBytes, k: wholeFrame },
    { code: returnBytes, k: 0 },
  ])
}
