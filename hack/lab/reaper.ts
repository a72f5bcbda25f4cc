import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { LabState } from './state.ts'

/** A shell that waits for the end of its input, which we never write: it comes when we end, in whatever way. */
const waitForOwner = 'cat >/dev/null; exec "$@"'

/** Takes this lab, and no later one of its name, down when this process ends without having done so, even by SIGKILL. */
export function startReaper(lab: LabState): { dismiss(): void } {
  const down = [process.execPath, join(import.meta.dirname, 'main.ts'), 'down', lab.prefix]
  const child = spawn('sh', ['-c', waitForOwner, 'lab-reaper', ...down], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  const { stdin } = child
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref() // a pipe is a socket here
  return { dismiss: () => void child.kill('SIGKILL') }
}
