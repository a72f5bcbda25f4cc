import { join } from 'node:path'
import type { Lab } from './lab.ts'
import { startLineProcess } from './line-process.ts'

/** Long HTTP connections from the client, each in use all the time. */
export interface Flows {
  /** How many still answer. */
  living(): Promise<number>
  stop(): Promise<void>
}

/** Resolves when every connection has answered once. */
export async function startFlows({ client }: Lab, address: string, count: number): Promise<Flows> {
  const script = join(import.meta.dirname, 'flow-process.ts')
  const { ask, stop } = await startLineProcess(client.netns, script, address, '80', `${count}`)
  return { living: async () => Number(await ask('count')), stop }
}
