import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Architecture, architectures } from '../image/architecture.ts'
import { cacheDirectory, cached } from '../image/cache.ts'
import { digestOf, imageLayout } from '../image/oci.ts'
import { writeTar } from '../image/tar.ts'

/** Holds a pod's namespaces open. */
export const sandboxImage = 'lab.local/pause:1'
/** Serves a page on port 8080 that says which pod on which node was asked by whom. */
export const webImage = 'lab.local/web:1'

const programs = { pause: sandboxImage, web: webImage } as const
type Program = keyof typeof programs

const sourceOf = (program: Program) => join(import.meta.dirname, 'images', `${program}.c`)
const compilerFlags = ['-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread']

/** The lab's own images as tars; compiled when their source is new to the cache. */
export const labImages = (): string[] => (Object.keys(programs) as Program[]).map(imageOf)

function imageOf(program: Program): string {
  const inputs = [readFileSync(sourceOf(program)), compilerFlags.join(' '), process.arch]
  const key = inputs
    .reduce((hash, input) => hash.update(input), createHash('sha256'))
    .digest('hex')
    .slice(0, 12)
  const path = cacheDirectory('images', `${program}-${key}.tar`)
  cached(path, () => imageTar(program, compile(program)))
  return path
}

function compile(program: Program): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'metallb-ts-'))
  const output = join(directory, program)
  try {
    execFileSync('cc', [...compilerFlags, '-o', output, sourceOf(program)], { stdio: ['ignore', 'ignore', 'inherit'] })
    return readFileSync(output)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function imageTar(program: Program, content: Buffer): Buffer {
  const layer = writeTar([{ kind: 'file', path: program, mode: 0o755, content }])
  const { entries } = imageLayout({
    name: programs[program],
    architecture: architectures[process.arch as Architecture].oci,
    config: { User: '65534:65534', Env: [], WorkingDir: '/', Entrypoint: [`/${program}`], Labels: {} },
    layers: [{ name: program, diffId: digestOf(layer), uncompressedBytes: layer.length, compressed: gzipSync(layer) }],
  })
  return writeTar(entries)
}

/** The project's own image as `make image` leaves it; none when it is not built. */
export function ourImages(): string[] {
  const tar = join(import.meta.dirname, `../../build/image/metallb-${process.arch}.tar`)
  return existsSync(tar) ? [tar] : []
}
