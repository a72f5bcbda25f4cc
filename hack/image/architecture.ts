import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What differs between the two processors that we build images for; keys are Node's names. */
export const architectures = {
  x64: { oci: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2', debian: 'amd64' },
  arm64: { oci: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1', debian: 'arm64' },
} as const

export type Architecture = keyof typeof architectures

export function parseArchitecture(text: string): Architecture {
  if (text === 'x64' || text === 'arm64') return text
  throw new ImageError(`no image for ${text}: give --arch x64 or --arch arm64`)
}

/** The image cannot be made; the message says what to install or to run. */
export class ImageError extends Error {
  override name = 'ImageError'
}

/** A program of binutils for the architecture. */
export const toolFor = (tool: string, architecture: Architecture) =>
  architecture === process.arch ? tool : `${architectures[architecture].triplet}-${tool}`

/**
 * A shared library of the build host, or of Debian's cross-compilation packages for the other architecture. Only from
 * where Debian keeps them: the image has its place, and a loader of another distribution does not look there.
 */
export function findLibrary(name: string, architecture: Architecture): string {
  const { triplet, debian } = architectures[architecture]
  const native = [`/lib/${triplet}`, `/usr/lib/${triplet}`]
  const isNative = architecture === process.arch
  const directories = isNative ? native : [`/usr/${triplet}/lib`]
  const found = directories.map((directory) => join(directory, name)).find((path) => existsSync(path))
  if (found !== undefined) return found
  const packages = `apt-get install libc6-${debian}-cross libstdc++6-${debian}-cross libgcc-s1-${debian}-cross`
  const remedy = isNative ? 'build the image on Debian, or with the Dockerfile' : `on Debian: ${packages}`
  throw new ImageError(`${name} for ${architecture} is not in ${directories.join(', ')}; ${remedy}`)
}
