import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A path under the user's cache folder, which outlives checkouts and `make clean`. */
export function cacheDirectory(...parts: string[]): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'metallb-ts', ...parts)
}

/** The content of a cached file; made, and kept, when there is none. Two processes at once do no harm. */
export function cached(path: string, make: () => Uint8Array): Uint8Array {
  if (existsSync(path)) return readFileSync(path)
  const content = make()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, content)
  renameSync(`${path}.${process.pid}`, path)
  return content
}
