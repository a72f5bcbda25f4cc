import { Writer } from '../cursor.ts'

/** One step of a classic BPF program; `tcpdump -dd` prints programs in this form. */
export interface FilterInstruction {
  readonly code: number
  /** How many instructions to skip when a comparison holds, and when it does not. */
  readonly jumpTrue?: number
  readonly jumpFalse?: number
  readonly k: number
}

/** struct sock_filter, an array of it, for RawSocket.attachFilter(). */
export function encodeFilter(program: readonly FilterInstruction[]): Uint8Array {
  const writer = new Writer(8 * program.length)
  for (const { code, jumpTrue = 0, jumpFalse = 0, k } of program) {
    writer.u16le(code)
    writer.u8(jumpTrue)
    writer.u8(jumpFalse)
    writer.u32le(k)
  }
  return writer.finish()
}
