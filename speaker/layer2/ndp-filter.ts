import { encodeFilter } from '../../net/rawnet/filter.ts'

/** BPF_LD | BPF_B | BPF_ABS; BPF_LD | BPF_H | BPF_ABS; BPF_JMP | BPF_JEQ | BPF_K; BPF_RET | BPF_K */
const loadByte = 0x30
const loadHalf = 0x28
const jumpIfEqual = 0x15
const returnBytes = 0x06

const wholeFrame = 0xffff_ffff

/**
 * Lets Neighbor Solicitations of neighbours through.
 * Offsets as drawn in icmpv6.ts: next header and hop limit at 20, type of the message at 54.
 */
export function solicitationFilter(): Uint8Array {
  return encodeFilter([
    { code: loadHalf, k: 20 },
    { code: jumpIfEqual, k: 0x3aff, jumpFalse: 3 },
    { code: loadByte, k: 54 },
    { code: jumpIfEqual, k: 135, jumpFalse: 1 },
    { code: returnBytes, k: wholeFrame },
    { code: returnBytes, k: 0 },
  ])
}
