import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { removeIf } from './aside.ts'
import { bootId, identify, isAlive, type ProcessRecord } from './processes.ts'
import { until } from './wait.ts'

const turnTimeoutMillis = 45 * 60_000

interface Holder extends ProcessRecord {
  readonly bootId: string
}

/** Runs `work` while no other process does so under the same lock file; a dead holder's lock counts for nothing. */
export async function withLock<T>(file: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  let told = false
  await until(
    `our turn at ${file}`,
    () => {
      if (take(file)) return true
      const holder = livingHolder(file)
      if (!holder) removeStaleLock(file)
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
function take(file: string): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ ...identify(process.pid), bootId: bootId() }))
  try {
    linkSync(draft, file)
    return true
  } catch {
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Two who wait may see the same dead holder: the slower one must not take the faster one's new lock away. */
export function removeStaleLock(file: string): void {
  removeIf(file, (aside) => livingHolder(aside) === undefined)
}

function livingHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder
    return holder.bootId === bootId() && isAlive(holder) ? holder : undefined
  } catch {
    return undefined
  }
}
