import { type Address, addressToBytes, type Family } from '../../net/address.ts'
import { Reader } from '../../net/cursor.ts'
import type { AddressRange } from '../../net/range.ts'
import { encodeFilter, type FilterInstruction } from '../../net/rawnet/filter.ts'
import { arpOffset, arpOperation } from './arp.ts'
import { coarseRanges } from './coarse-ranges.ts'
import { ethernetOffset } from './ethernet.ts'
import {
  accept,
  acceptWithin,
  arrivedOn,
  type Condition,
  drop,
  type Field,
  isForUs,
  unlessDrop,
  when,
} from './frame-filter.ts'
import { icmpv6Offset } from './icmpv6.ts'
import { ndpOffset, ndpType } from './ndp.ts'

export interface FilterOptions {
  readonly interfaceIndex: number
  readonly mac: Uint8Array
  readonly ranges: readonly AddressRange[]
}

/** What of a family's frames is looked at. Offsets as drawn in arp.ts and icmpv6.ts. */
interface Layout {
  readonly family: Family
  readonly conditions: readonly Condition[]
  readonly kind: Field
  readonly request: number
  readonly reply: number
  /** The address whose place in the ranges lets any frame through, and the one that does so for requests. */
  readonly address: number
  readonly addressInRequest: number
}

const arp: Layout = {
  family: 4,
  conditions: [
    { load: 'word', at: arpOffset.hardwareType, is: 0x0001_0800 }, // and protocol type
    { load: 'half', at: arpOffset.hardwareType + 4, is: 0x0604 }, // lengths
  ],
  kind: { load: 'half', at: arpOffset.operation },
  ...arpOperation,
  address: arpOffset.senderAddress,
  addressInRequest: arpOffset.targetAddress,
}

const ndp: Layout = {
  family: 6,
  conditions: [{ load: 'half', at: icmpv6Offset.nextHeader, is: 0x3aff }], // and hop limit
  kind: { load: 'byte', at: icmpv6Offset.type },
  request: ndpType.solicitation,
  reply: ndpType.advertisement,
  address: ndpOffset.target,
  addressInRequest: icmpv6Offset.source,
}

const layouts = { arp, ndp } as const

/** BPF_MAXINSNS */
const longestProgram = 4096

/**
 * Requests for addresses inside the ranges, frames that claim one of them, and replies to us alone about any address;
 * nothing that left from our own MAC. The first program is exact; should the kernel not have room for it (ENOMEM: the
 * limit is net.core.optmem_max), each further one has half as many ranges, which cover more than asked for.
 */
export function* wireFilters(protocol: keyof typeof layouts, options: FilterOptions): Generator<Uint8Array> {
  const layout = layouts[protocol]
  for (let count = options.ranges.length; ; count = count >> 1) {
    const program = filterOf(layout, { ...options, ranges: coarseRanges(options.ranges, layout.family, count) })
    if (program.length <= longestProgram) yield encodeFilter(program)
    if (count <= 1) return
  }
}

function filterOf(layout: Layout, { interfaceIndex, mac, ranges }: FilterOptions): FilterInstruction[] {
  const { conditions, kind, request, reply, address, addressInRequest } = layout
  return [
    ...[...conditions, ...arrivedOn(interfaceIndex)].flatMap(unlessDrop),
    ...when(sentFrom(mac), [drop]),
    ...when(
      [
        { ...kind, isNot: request },
        { ...kind, isNot: reply },
      ],
      [drop],
    ),
    ...ranges.flatMap((range) => acceptRange(address, range)),
    ...when([{ ...kind, is: reply }, isForUs], [accept]),
    ...unlessDrop({ ...kind, is: request }),
    ...ranges.flatMap((range) => acceptRange(addressInRequest, range)),
    drop,
  ]
}

function sentFrom(mac: Uint8Array): Condition[] {
  const reader = new Reader(mac)
  return [
    { load: 'word', at: ethernetOffset.source, is: reader.u32() },
    { load: 'half', at: ethernetOffset.source + 4, is: reader.u16() },
  ]
}

function acceptRange(offset: number, { family, first, last }: AddressRange): readonly FilterInstruction[] {
  return acceptWithin(offset, wordsOf({ family, value: first }), wordsOf({ family, value: last }))
}

function wordsOf(address: Address): number[] {
  const bytes = addressToBytes(address)
  const reader = new Reader(bytes)
  return Array.from({ length: bytes.length / 4 }, () => reader.u32())
}
