import { type AddressRange, rangeSize } from '../net/range.ts'

/** The largest number that the status fields can hold; it also stands for everything above. */
const mostCounted = 2n ** 63n - 1n
const uncountable = 2n ** 62n
const plenty = uncountable / 2n

/** How many addresses can be given out, as far as an int64 goes. */
export function capacityOf(ranges: readonly AddressRange[], avoidBuggyIPs: boolean): bigint {
  let capacity = 0n
  for (const range of ranges) {
    const size = rangeSize(range)
    if (size >= uncountable) return mostCounted // as MetalLB, which does not count from 62 host bits on
    capacity += size - (avoidBuggyIPs ? buggyIn(range) : 0n)
  }
  return saturate(capacity)
}

/**
 * How many of the usable addresses are free, as far as an int64 goes. Where they are more than are counted, it is all
 * that are not in use, as in MetalLB, as long as plenty are free.
 */
export function availableOf(usable: bigint, inUse: bigint, free: bigint): bigint {
  const isCounted = usable < mostCounted || free < plenty
  const unused = usable - inUse
  return isCounted && free < unused ? free : unused
}

export function saturate(count: bigint): bigint {
  return count > mostCounted ? mostCounted : count
}

/** Ends in .0 or .255, which some home routers and old stacks treat as a network or broadcast address. */
export function isBuggy(value: bigint): boolean {
  const lastOctet = value & 255n
  return lastOctet === 0n || lastOctet === 255n
}

/** How many of the range end so. */
export function buggyIn({ first, last }: AddressRange): bigint {
  return buggyUpTo(last) - buggyUpTo(first - 1n)
}

/** How many of 0..value end in .0 or .255. */
function buggyUpTo(value: bigint): bigint {
  if (value < 0n) return 0n
  return (value >> 8n) + 1n + ((value + 1n) >> 8n)
}
