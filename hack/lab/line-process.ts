import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { inNetns } from './network.ts'

/** A script in a network namespace of the lab that answers each line with a line. */
export interface LineProcess {
  /** Rejects when the answer takes too long, or the process has ended. */
  ask(line: string): Promise<string>
  stop(): Promise<void>
}

const patienceMillis = 60_000

/** Resolves when the script has said its first line. */
export async function startLineProcess(netns: string, script: string, ...argv: string[]): Promise<LineProcess> {
  const [file = '', ...rest] = inNetns(netns, [process.execPath, script, ...argv])
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
    ask: async (line) => {
      child.stdin.write(`${line}\n`)
      return nextLine()
    },
    stop: async () => {
      child.stdin.end()
      await exited
    },
  }
}
