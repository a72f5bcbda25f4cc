/**
 * Builds the native addon from net/rawnet/*.c, when one of them is newer.
 *
 *     node hack/rawnet.ts [--arch x64|arm64] [--output path]
 *
 * For this machine it goes to net/rawnet/rawnet.node, for another architecture to build/rawnet-<arch>.node.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const root = dirname(import.meta.dirname)
const sourceDirectory = join(root, 'net/rawnet')

/** By Node's name of the architecture: the compiler for it, and the Debian package that has it. */
const toolchains = {
  x64: { cross: 'x86_64-linux-gnu-gcc', debianPackage: 'gcc-x86-64-linux-gnu' },
  arm64: { cross: 'aarch64-linux-gnu-gcc', debianPackage: 'gcc-aarch64-linux-gnu' },
} as const

type Architecture = keyof typeof toolchains

const flags = [
  ...['-std=gnu17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden'],
  ...['-Wall', '-Wextra', '-Werror', '-Wshadow', '-Wstrict-prototypes'],
  ...['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-Wl,-z,relro,-z,now'],
]

class BuildError extends Error {}

function toolchainFor(architecture: string): { compiler: string; debianPackage: string } {
  const toolchain = toolchains[architecture as Architecture]
  if (toolchain === undefined) throw new BuildError(`rawnet is built for ${Object.keys(toolchains).join(' and ')} only`)
  const { cross, debianPackage } = toolchain
  return architecture === process.arch ? { compiler: 'cc', debianPackage: 'gcc' } : { compiler: cross, debianPackage }
}

/** Node's headers come with Node: node_api.h and uv.h are the same for every architecture. */
function headerDirectory(): string {
  const candidates = [
    join(root, `node_modules/node-linux-${process.arch}/include/node`),
    join(dirname(dirname(process.execPath)), 'include/node'),
  ]
  const found = candidates.find((directory) => existsSync(join(directory, 'node_api.h')))
  if (found === undefined) throw new BuildError('node_api.h was not found; run: make setup')
  return found
}

function filesEnding(...endings: string[]): string[] {
  const names = readdirSync(sourceDirectory).filter((name) => endings.some((ending) => name.endsWith(ending)))
  return names.map((name) => join(sourceDirectory, name))
}

function isUpToDate(output: string): boolean {
  if (!existsSync(output)) return false
  const built = statSync(output).mtimeMs
  return [...filesEnding('.c', '.h'), import.meta.filename].every((file) => statSync(file).mtimeMs <= built)
}

/** Replaces the file in one step: a process that has the old one loaded keeps it. */
function compile(architecture: string, output: string): void {
  const { compiler, debianPackage } = toolchainFor(architecture)
  const temporary = `${output}.${process.pid}`
  mkdirSync(dirname(output), { recursive: true })
  try {
    execFileSync(compiler, [...flags, `-I${headerDirectory()}`, '-o', temporary, ...filesEnding('.c')], {
      stdio: 'inherit',
    })
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const remedy = `the compiler ${compiler} is missing; on Debian: apt-get install ${debianPackage} libc6-dev`
    throw new BuildError(isMissing ? remedy : `${compiler} failed on net/rawnet/*.c`)
  }
  renameSync(temporary, output)
}

function defaultOutput(architecture: string): string {
  return join(root, architecture === process.arch ? 'net/rawnet/rawnet.node' : `build/rawnet-${architecture}.node`)
}

function main(): void {
  const { values } = parseArgs({
    options: { arch: { type: 'string', default: process.arch }, output: { type: 'string' } },
  })
  const output = values.output ?? defaultOutput(values.arch)
  if (!isUpToDate(output)) compile(values.arch, output)
}

try {
  main()
} catch (error) {
  if (!(error instanceof BuildError)) throw error
  console.error(`rawnet: ${error.message}`)
  process.exitCode = 1
}
