/** What the C files offer, as it is: results are those of the system call, or minus an error number. */
import { createRequire } from 'node:module'

export interface NativeSocket {
  open(domain: number, type: number, protocol: number): number
  bind(address: Uint8Array): number
  connect(address: Uint8Array): number
  listen(backlog: number): number
  localAddress(result: Uint8Array): number
  setOption(level: number, name: number, value: number | Uint8Array): number
  getOption(level: number, name: number, result: Uint8Array): number
  attachFilter(program: Uint8Array): number
  mapRing(frames: number, frameBytes: number): number
  send(data: Uint8Array, to: Uint8Array | undefined): number
  sendBatch(dataAndAddresses: readonly (Uint8Array | undefined)[]): number
  sendFrames(block: Uint8Array, frameBytes: number, first: number, count: number): number
  receive(block: Uint8Array, slots: number, controlBytes: number, flags: number): number
  watch(callback: () => void): number
  unwatch(): number
  close(): number
}

interface Addon {
  readonly Socket: new () => NativeSocket
  interfaceIndex(name: string): number
}

/** The addon lies beside this file, and beside a bundle that holds this file. Loading again costs a look-up. */
export function loadAddon(directory: string = import.meta.dirname): Addon {
  try {
    return createRequire(`${directory}/`)('./rawnet.node') as Addon
  } catch (cause) {
    throw new Error(`${directory}/rawnet.node cannot be loaded; build it with: node hack/rawnet.ts`, { cause })
  }
}
