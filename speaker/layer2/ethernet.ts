/** An Ethernet frame as packet sockets see it: 0 destination   6 source   12 EtherType. */
export const ethernetOffset = { destination: 0, source: 6, etherType: 12 } as const

export const macBytes = 6

/** Whether these bytes are at the offset. */
export function isAt(frame: Uint8Array, offset: number, wanted: Readonly<Uint8Array>): boolean {
  for (let i = 0; i < wanted.length; i++) if (frame[offset + i] !== wanted[i]) return false
  return true
}

/** For so few bytes a loop is faster than subarray and set, which make an object. */
export function copy(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number, count: number): void {
  for (let i = 0; i < count; i++) to[toOffset + i] = from[fromOffset + i]!
}

export function isZero(frame: Uint8Array, offset: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (frame[offset + i] !== 0) return false
  return true
}
