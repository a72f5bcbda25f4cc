import { readFileSync } from 'node:fs'

/** Frames that each interface has received. */
export type FrameCounts = ReadonlyMap<string, number>

/** Of this network namespace, all interfaces at once. */
export function readFrameCounts(): FrameCounts {
  return parseFrameCounts(readFileSync('/proc/net/dev', 'utf8'))
}

/** proc_net(5): two lines of titles; then `name: bytes packets ...` of what was received. */
export function parseFrameCounts(text: string): FrameCounts {
  const counts = new Map<string, number>()
  for (const line of text.split('\n').slice(2)) {
    const [name, , packets] = line.replace(':', ' ').trim().split(/\s+/)
    if (name && packets !== undefined) counts.set(name, Number(packets))
  }
  return counts
}

/** Whether an interface has received something between two readings. One that came, went or began anew has not. */
export function hasReceived(before: FrameCounts, after: FrameCounts, interfaces: readonly string[]): boolean {
  return interfaces.some((name) => (after.get(name) ?? 0) > (before.get(name) ?? Number.POSITIVE_INFINITY))
}
