import { join } from 'node:path'
import { startLineProcess } from '../../hack/lab/line-process.ts'
import type { Recording } from './record.ts'

/** A client on the LAN that asks for addresses all the time, and tells what it saw. */
export interface Recorder {
  /** Resolves when every address was answered in one tick. */
  answered(): Promise<void>
  mark(name: string): Promise<void>
  /** What was seen since the last call. */
  end(): Promise<Recording>
  stop(): Promise<void>
}

export interface Asked {
  readonly first: string
  readonly count: number
  readonly intervalMillis: number
}

export async function startRecorder(netns: string, { first, count, intervalMillis }: Asked): Promise<Recorder> {
  const script = join(import.meta.dirname, 'recorder-process.ts')
  const { ask, stop } = await startLineProcess(netns, script, 'eth0', first, `${count}`, `${intervalMillis}`)
  return {
    answered: async () => void (await ask('answered')),
    mark: async (name) => void (await ask(`mark ${name}`)),
    end: async () => {
      const { answers, ...seen } = JSON.parse(await ask('end'))
      return { ...seen, answers: new Uint8Array(Buffer.from(answers, 'base64')) }
    },
    stop,
  }
}
