import { Writer } from '../../net/cursor.ts'

/** One instruction of classic BPF: struct sock_filter of linux/filter.h. */
type Instruction = readonly [code: number, jumpIfTrue: number, jumpIfFalse: number, operand: number]

/** BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K */
const code = { loadWord: 0x20, jumpIfEqual: 0x15, accept: 0x06 } as const

const wholeFrame = 0xffff_ffff

/**
 * Lets ARP requests for IPv4 over Ethernet through; the kernel drops all else before it costs us anything.
 * Offsets as drawn in arp.ts: the word at 14 is hardware and protocol type, the one at 18 the lengths and the operation.
 */
export function arpRequestFilter(): Uint8Array {
  return assemble([
    [code.loadWord, 0, 0, 14],
    [code.jumpIfEqual, 0, 3, 0x0001_0800],
    [code.loadWord, 0, 0, 18],
    [code.jumpIfEqual, 0, 1, 0x0604_0001],
    [code.accept, 0, 0, wholeFrame],
    [code.accept, 0, 0, 0],
  ])
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const writer = new Writer()
  for (const [operation, jumpIfTrue, jumpIfFalse, operand] of instructions) {
    writer.u16le(operation)
    writer.u8(jumpIfTrue)
    writer.u8(jumpIfFalse)
    writer.u32le(operand)
  }
  return writer.finish()
}
