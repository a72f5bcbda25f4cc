// What a process has used so far, as the kernel counts it.
import { readFileSync } from 'node:fs'

/** USER_HZ is 100 on every Linux that Node runs on. */
const tickMillis = 10

/** Of all its threads, also those that have ended. */
export const cpuMillis = (pid: number): number => cpuMillisIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))

export const residentMegabytes = (pid: number): number =>
  residentMegabytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** utime and stime: fields 14 and 15 of proc(5) stat, the state being field 3. */
export function cpuMillisIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before ')' may hold blanks
  return (Number(fields[11]) + Number(fields[12])) * tickMillis
}

export function residentMegabytesIn(status: string): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kibibytes === undefined) throw new Error('the process has no memory: it has ended')
  return Number(kibibytes) / 1024
}
