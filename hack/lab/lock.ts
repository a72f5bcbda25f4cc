import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { identify, isAlive, type ProcessRecord } from './processes.ts'
import { until } from './wait.ts'

const turnTimeoutMillis = 45 * 60_000

/** Runs `work` while no other process does so under the same lock file; a dead holder's lock counts for nothing. */
export async function withLock<T>(file: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const ours = identify(process.pid)
  let told = false
  await until(
    `our turn at ${file}`,
    () => {
      if (take(file, ours)) return true
      const holder = holderOf(file)
      if (!holder || !isAlive(holder)) rmSync(file, { force: true })
      else if (!told) log(`process ${holder.pid} builds already: waiting for it`)
      told ||= holder !== undefined
      return false
    },
    { timeoutMillis: turnTimeoutMillis, intervalMillis: 200 },
  )
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** A link appears with its content or not at all, and only where there is none. */
function take(file: string, ours: ProcessRecord | undefined): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(ours))
  try {
    linkSync(draft, file)
    return true
  } catch {
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

function holderOf(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord
  } catch {
    return undefined
  }
}
