import { encodeFilter, type FilterInstruction } from '../../net/rawnet/filter.ts'

/** A number in the frame, or with `SKF_AD` one that the kernel keeps beside it; drawn in arp.ts and icmpv6.ts. */
export interface Field {
  readonly load: keyof typeof loads
  readonly at: number
}

export type Condition = Field & ({ readonly is: number } | { readonly isNot: number })

/** BPF_LD | BPF_ABS, of one, two and four bytes */
const loads = { byte: 0x30, half: 0x28, word: 0x20 } as const
/** BPF_JMP | BPF_JEQ, BPF_JGE and BPF_JGT, with BPF_K */
const compare = { equal: 0x15, atLeast: 0x35, above: 0x25 } as const
/** BPF_RET | BPF_K */
const returnBytes = 0x06

const wholeFrame = 0xffff_ffff

/** SKF_AD_OFF of linux/filter.h, -0x1000, and what lies there */
const ancillary = { packetType: 0xffff_f004, interfaceIndex: 0xffff_f008 } as const
const PACKET_HOST = 0
const PACKET_OTHERHOST = 3

export const accept: FilterInstruction = { code: returnBytes, k: wholeFrame }
export const drop: FilterInstruction = { code: returnBytes, k: 0 }

/** Whether the frame is addressed to our MAC and no other's. */
export const isForUs: Condition = { load: 'word', at: ancillary.packetType, is: PACKET_HOST }

/**
 * Arrived on the interface itself. Before a socket sees a frame, the kernel takes its VLAN tag off: an answer would
 * leave without. Where the VLAN has an interface, that is the frame's, although the socket of the interface below
 * hears it too. Where it has none, the frame is marked as somebody else's. A tag that tells a priority only, VLAN 0,
 * is no VLAN.
 */
export const arrivedOn = (interfaceIndex: number): Condition[] => [
  { load: 'word', at: ancillary.interfaceIndex, is: interfaceIndex },
  { load: 'word', at: ancillary.packetType, isNot: PACKET_OTHERHOST },
]

/**
 * Lets a frame through that meets all conditions of one of the lists; the kernel drops all else before it costs us
 * anything.
 */
export function frameFilter(interfaceIndex: number, ...alternatives: readonly (readonly Condition[])[]): Uint8Array {
  const here = arrivedOn(interfaceIndex)
  const steps = alternatives.flatMap((conditions) => when([...conditions, ...here], [accept]))
  return encodeFilter([...steps, drop])
}

/** Runs a few steps when all conditions are met; if not, goes on behind them. Jumps reach 255 instructions far. */
export function when(
  conditions: readonly Condition[],
  steps: readonly FilterInstruction[],
): readonly FilterInstruction[] {
  const ahead = (index: number): number => 2 * (conditions.length - 1 - index) + steps.length
  return [...conditions.flatMap((condition, index) => test(condition, ahead(index))), ...steps]
}

/** Goes on only when the condition is met. */
export function unlessDrop(condition: Condition): FilterInstruction[] {
  const [load, jump] = test(condition, 1) as [FilterInstruction, FilterInstruction]
  const { jumpTrue = 0, jumpFalse = 0 } = jump
  return [load, { ...jump, jumpTrue: 1 - jumpTrue, jumpFalse: 1 - jumpFalse }, drop]
}

/** Jumps over so many instructions when the condition is not met. */
function test(condition: Condition, toSkip: number): FilterInstruction[] {
  const jump =
    'is' in condition
      ? { code: compare.equal, k: condition.is, jumpFalse: toSkip }
      : { code: compare.equal, k: condition.isNot, jumpTrue: toSkip }
  return [loadOf(condition), jump]
}

/**
 * Accepts a frame when the number at an offset lies in first..last; if not, goes on. Numbers of several words are
 * compared up to the first word in which first and last differ: that is a little more than asked for.
 */
export function acceptWithin(
  offset: number,
  first: readonly number[],
  last: readonly number[],
): readonly FilterInstruction[] {
  const differing = first.findIndex((word, i) => word !== last[i])
  const same = first.slice(0, differing < 0 ? first.length : differing)
  const conditions = same.map((is, i): Condition => ({ load: 'word', at: offset + 4 * i, is }))
  if (differing < 0) return when(conditions, [accept])
  return when(conditions, [
    loadOf({ load: 'word', at: offset + 4 * differing }),
    { code: compare.atLeast, k: first[differing]!, jumpFalse: 2 },
    { code: compare.above, k: last[differing]!, jumpTrue: 1 },
    accept,
  ])
}

function loadOf({ load, at }: Field): FilterInstruction {
  return { code: loads[load], k: at }
}
