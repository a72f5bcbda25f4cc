import { encodeFilter, type FilterInstruction } from '../../net/rawnet/filter.ts'

/** A number in the frame, or with `SKF_AD` one that the kernel keeps beside it; drawn in arp.ts and icmpv6.ts. */
export type Condition = { readonly load: keyof typeof loads; readonly at: number } & (
  | { readonly is: number }
  | { readonly isNot: number }
)

/** BPF_LD | BPF_ABS, of one, two and four bytes */
const loads = { byte: 0x30, half: 0x28, word: 0x20 } as const
/** BPF_JMP | BPF_JEQ | BPF_K; BPF_RET | BPF_K */
const jumpIfEqual = 0x15
const returnBytes = 0x06

const wholeFrame = 0xffff_ffff

/** SKF_AD_OFF of linux/filter.h, -0x1000, and what lies there */
const ancillary = { packetType: 0xffff_f004, interfaceIndex: 0xffff_f008 } as const
const PACKET_OTHERHOST = 3

/**
 * Lets a frame through that meets all conditions of one of the lists; the kernel drops all else before it costs us
 * anything.
 *
 * Before a socket sees a frame, the kernel takes its VLAN tag off: an answer would leave without. Where the VLAN has
 * an interface, that is the frame's, although the socket of the interface below hears it too. Where it has none, the
 * frame is marked as somebody else's. A tag that tells a priority only, VLAN 0, is no VLAN.
 */
export function frameFilter(interfaceIndex: number, ...alternatives: readonly (readonly Condition[])[]): Uint8Array {
  const here: Condition[] = [
    { load: 'word', at: ancillary.interfaceIndex, is: interfaceIndex },
    { load: 'word', at: ancillary.packetType, isNot: PACKET_OTHERHOST },
  ]
  const steps = alternatives.flatMap((conditions) => acceptIf([...conditions, ...here]))
  return encodeFilter([...steps, { code: returnBytes, k: 0 }])
}

/** When a condition is not met, what comes next is the next alternative, or the end. */
function acceptIf(conditions: readonly Condition[]): FilterInstruction[] {
  const tests = conditions.flatMap((condition, i) => test(condition, 2 * (conditions.length - 1 - i) + 1))
  return [...tests, { code: returnBytes, k: wholeFrame }]
}

/** Jumps over `toDrop` instructions when the condition is not met. */
function test(condition: Condition, toDrop: number): FilterInstruction[] {
  const jump =
    'is' in condition
      ? { code: jumpIfEqual, k: condition.is, jumpFalse: toDrop }
      : { code: jumpIfEqual, k: condition.isNot, jumpTrue: toDrop }
  return [{ code: loads[condition.load], k: condition.at }, jump]
}
