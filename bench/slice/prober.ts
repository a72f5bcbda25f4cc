import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inNetns } from '../../hack/lab/network.ts'

/** A process in a network namespace of the lab that tells when something first answered. */
export interface Prober {
  /** Asks until there is an answer; resolves with the answer's time in nanoseconds of `process.hrtime.bigint()`. */
  ask(question: string): Promise<bigint>
  stop(): Promise<void>
}

const patienceMillis = 20_000

export async function startProber(netns: string, script: string, ...argv: string[]): Promise<Prober> {
  const [file = '', ...rest] = inNetns(netns, [process.execPath, join(import.meta.dirname, script), ...argv])
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const late = AbortSignal.timeout(patienceMillis)
    const timeout = once(late, 'abort').then(() => {
      throw new Error(`${script} waited ${patienceMillis} ms in vain`)
    })
    const line = await Promise.race([lines.next(), timeout])
    if (line.done) throw new Error(`${script} has ended`)
    return line.value
  }
  await nextLine()
  return {
    ask: async (question) => {
      child.stdin.write(`${question}\n`)
      return BigInt(await nextLine())
    },
    stop: async () => {
      child.stdin.end()
      await exited
    },
  }
}
