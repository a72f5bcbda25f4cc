// A generated file or a generated part of one, and its comparison with the disk.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Output {
  /** From the root of the project, with `/`. */
  path: string
  text: string
}

export interface Drift {
  path: string
  /** differs: other text on disk; missing: not on disk; stale: on disk, and nothing generates it any more. */
  state: 'differs' | 'missing' | 'stale'
}

/** The first lines of a generated file. `comment` opens a comment line in its language. */
export const generatedHead = (comment: '#' | '//', source: string): string =>
  `${comment} Generated from ${source} by \`make generate\`; do not edit.`

/** What on disk is not as `outputs` say. Every file in one of `ownedDirectories` has to be one of them. */
export function findDrift(root: string, outputs: Output[], ownedDirectories: readonly string[]): Drift[] {
  const wanted = new Map(outputs.map((output) => [output.path, output.text]))
  const stale = ownedDirectories.flatMap((directory) => filesBelow(root, directory)).filter((path) => !wanted.has(path))
  return [
    ...outputs.flatMap(({ path, text }) => driftOf(join(root, path), path, text)),
    ...stale.map((path): Drift => ({ path, state: 'stale' })),
  ]
}

export function mendDrift(root: string, outputs: Output[], drift: Drift[]): void {
  const drifted = new Set(drift.map(({ path }) => path))
  for (const { path } of drift.filter(({ state }) => state === 'stale')) rmSync(join(root, path))
  for (const { path, text } of outputs.filter(({ path }) => drifted.has(path))) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

function driftOf(file: string, path: string, text: string): Drift[] {
  if (!existsSync(file)) return [{ path, state: 'missing' }]
  return readFileSync(file, 'utf8') === text ? [] : [{ path, state: 'differs' }]
}

function filesBelow(root: string, directory: string): string[] {
  if (!existsSync(join(root, directory))) return []
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}
