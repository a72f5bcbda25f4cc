import type { Life, MemberReport } from './message.ts'
import { maxDatagramBytes } from './message-codec.ts'
import { sizeOfLife, sizeOfReport } from './report-codec.ts'

/** Headers of the messages that carry lists are smaller. */
const headerBytes = 24

/** In parts that fit a datagram each; one part at least. */
export function cutReports(reports: readonly MemberReport[]): MemberReport[][] {
  return cut(reports, sizeOfReport)
}

export function cutLives(lives: readonly Life[]): Life[][] {
  return cut(lives, sizeOfLife)
}

function cut<T>(items: readonly T[], sizeOf: (item: T) => number): T[][] {
  let part: T[] = []
  const parts = [part]
  let leftBytes = maxDatagramBytes - headerBytes
  for (const item of items) {
    const bytes = sizeOf(item)
    if (bytes > leftBytes && part.length > 0) {
      part = []
      parts.push(part)
      leftBytes = maxDatagramBytes - headerBytes
    }
    part.push(item)
    leftBytes -= bytes
  }
  return parts
}
