/** What the kernel does with a filter's few instructions (classic BPF); `k` is unsigned, frames are in network order. */

export interface Arrival {
  interfaceIndex: number
  /** PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3 */
  packetType: number
}

const loads: Readonly<Record<number, [bytes: number]>> = { 32: [4], 40: [2], 48: [1] }

const comparisons: Readonly<Record<number, (accumulator: number, operand: number) => boolean>> = {
  21: (accumulator, operand) => accumulator === operand,
  37: (accumulator, operand) => accumulator > operand,
  53: (accumulator, operand) => accumulator >= operand,
}

export function accepts(program: Uint8Array, frame: Buffer, { interfaceIndex, packetType }: Arrival): boolean {
  const steps = Buffer.from(program)
  let accumulator = 0
  for (let at = 0; ; at += 8) {
    const [code, operand] = [steps.readUInt16LE(at), steps.readUInt32LE(at + 4)]
    const [bytes = 0] = loads[code] ?? []
    if (operand === 0xffff_f004) accumulator = packetType
    else if (operand === 0xffff_f008) accumulator = interfaceIndex
    else if (bytes > 0 && operand + bytes > frame.length) return false
    else if (bytes > 0) accumulator = frame.readUIntBE(operand, bytes)
    const comparison = comparisons[code]
    if (comparison !== undefined) at += 8 * steps[at + (comparison(accumulator, operand) ? 2 : 3)]!
    if (code === 0x06) return operand > 0
  }
}
