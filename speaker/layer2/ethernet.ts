/** An Ethernet frame as packet sockets see it: 0 destination   6 source   12 EtherType. */
export const ethernetOffset = { destination: 0, source: 6, etherType: 12 } as const

export const macBytes = 6

/** Whether these bytes are at the offset. */
export function isAt(frame: Uint8Array, offset: number, wanted: ArrayLike<number>): boolean {
  for (let i = 0; i < wanted.length; i++) if (frame[offset + i] !== wanted[i]) return false
  return true
}

/** For so few bytes a loop is faster than subarray and set, which make an object. */
export function copy(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number, count: number): void {
  for (let i = 0; i < count; i++) to[toOffset + i] = from[fromOffset + i]!
}

/** Four bytes as a signed number: V8 keeps those in registers, the upper half of unsigned ones it boxes. */
export function word(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!
}

export function isBroadcast(frame: Uint8Array): boolean {
  return word(frame, 0) === -1 && frame[4] === 0xff && frame[5] === 0xff
}

export function isZero(frame: Uint8Array, offset: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (frame[offset + i] !== 0) return false
  return true
}
