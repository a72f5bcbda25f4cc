// What a process has used so far, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs'

/**
 * Of all its threads; those that have ended are missing, but V8's live as long as the process. The sum in `stat` has them
 * too, in ticks of 10 ms, which is more than some of what is measured.
 */
export function cpuMillis(pid: number): number {
  const tasks = `/proc/${pid}/task`
  const threads = readdirSync(tasks).map((thread) => readFileSync(`${tasks}/${thread}/schedstat`, 'utf8'))
  return threads.reduce((sum, schedstat) => sum + cpuMillisIn(schedstat), 0)
}

export const residentMegabytes = (pid: number): number =>
  residentMegabytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** Nanoseconds on a processor, nanoseconds of waiting for one, and how often. */
export const cpuMillisIn = (schedstat: string): number => Number(schedstat.split(' ')[0]) / 1e6

export function residentMegabytesIn(status: string): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kibibytes === undefined) throw new Error('the process has no memory: it has ended')
  return Number(kibibytes) / 1024
}
