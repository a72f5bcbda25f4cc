import { join } from 'node:path'
import { startLineProcess } from '../../hack/lab/line-process.ts'

/** A process in a network namespace of the lab that tells when something first answered. */
export interface Prober {
  /** Asks until there is an answer; resolves with the answer's time in nanoseconds of `process.hrtime.bigint()`. */
  ask(question: string): Promise<bigint>
  stop(): Promise<void>
}

export async function startProber(netns: string, script: string, ...argv: string[]): Promise<Prober> {
  const { ask, stop } = await startLineProcess(netns, join(import.meta.dirname, script), ...argv)
  return { ask: async (question) => BigInt(await ask(question)), stop }
}
