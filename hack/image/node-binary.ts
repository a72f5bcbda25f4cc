import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Architecture, architectures, ImageError, toolFor } from './architecture.ts'
import { cacheDirectory } from './cache.ts'

const root = join(import.meta.dirname, '../..')

interface LockedPackage {
  version: string
  integrity: string
}

/** The Node that package-lock.json names, stripped: 108 MB instead of 121. Kept in the cache. */
export function strippedNode(architecture: Architecture): string {
  const { version } = lockedNode(architecture)
  const target = cacheDirectory('node', `${version}-${architecture}`, 'node')
  if (!existsSync(target)) inScratchDirectory(dirname(target), (scratch) => strip(architecture, scratch, target))
  return target
}

function strip(architecture: Architecture, scratch: string, target: string): void {
  const copy = join(scratch, 'node')
  copyFileSync(installedNode(architecture) ?? downloadedNode(architecture, scratch), copy)
  const tool = toolFor('strip', architecture)
  run(
    tool,
    [copy],
    `on Debian: apt-get install ${tool === 'strip' ? 'binutils' : `binutils-${architectures[architecture].triplet}`}`,
  )
  renameSync(copy, target)
}

/** npm installs the binary of its own machine as an optional dependency. */
function installedNode(architecture: Architecture): string | undefined {
  const directory = join(root, `node_modules/node-linux-${architecture}`)
  const path = join(directory, 'bin/node')
  if (!existsSync(path)) return undefined
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as LockedPackage
  return version === lockedNode(architecture).version ? path : undefined
}

function downloadedNode(architecture: Architecture, scratch: string): string {
  const { version, integrity } = lockedNode(architecture)
  const output = run(
    'npm',
    ['pack', `node-linux-${architecture}@${version}`, '--silent', '--pack-destination', scratch],
    'install npm',
  )
  const archive = join(scratch, output.trim().split('\n').at(-1)!)
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (digest !== integrity)
    throw new ImageError(`node-linux-${architecture}@${version} is not the package that package-lock.json names`)
  run('tar', ['-xzf', archive, '-C', scratch, 'package/bin/node'], 'install tar')
  return join(scratch, 'package/bin/node')
}

function lockedNode(architecture: Architecture): LockedPackage {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>
  }
  const locked = lock.packages[`node_modules/node-linux-${architecture}`]
  if (locked === undefined) throw new ImageError(`package-lock.json has no node-linux-${architecture}: run npm install`)
  return locked
}

function inScratchDirectory(parent: string, use: (scratch: string) => void): void {
  mkdirSync(parent, { recursive: true })
  const scratch = mkdtempSync(join(parent, 'scratch-'))
  try {
    use(scratch)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function run(program: string, args: readonly string[], remedy: string): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  } catch (error) {
    throw new ImageError(`${program} failed: ${(error as Error).message}; ${remedy}`, { cause: error })
  }
}
