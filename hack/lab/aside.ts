import { randomBytes } from 'node:crypto'
import { linkSync, renameSync, rmSync } from 'node:fs'

/**
 * Removes a file when it is one to remove. Whoever only looks and then removes by name can hit the file that took its
 * place meanwhile: this looks at what it took away, and puts it back when it is somebody else's.
 */
export function removeIf(file: string, isOurs: (aside: string) => boolean): void {
  const aside = `${file}.aside-${randomBytes(4).toString('hex')}`
  try {
    renameSync(file, aside)
  } catch {
    return // gone already
  }
  try {
    if (!isOurs(aside)) linkSync(aside, file)
  } finally {
    rmSync(aside, { force: true })
  }
}
