/** `make setup`, after `npm ci`: Debian packages (as root), the native addon, the lab's test binaries (as root). */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import debianPackages from './debian-packages.json' with { type: 'json' }
import { binaryNames, requireBinaries } from './lab/binaries.ts'

const isRoot = process.getuid?.() === 0
const dpkgDirectory = '/var/lib/dpkg/info'

/** dpkg keeps a list of files per installed package; asking dpkg itself would take longer than all the rest. */
const isInstalled = (name: string) =>
  ['', `:${debianArchitecture()}`].some((suffix) => existsSync(join(dpkgDirectory, `${name}${suffix}.list`)))

const debianArchitecture = () => (process.arch === 'x64' ? 'amd64' : process.arch)

function installPackages(): void {
  if (!existsSync(dpkgDirectory)) {
    console.log(`not a Debian system; what it needs otherwise: ${Object.keys(debianPackages).join(' ')}`)
    return
  }
  const missing = Object.entries(debianPackages).filter(([name]) => !isInstalled(name))
  if (missing.length === 0) return
  if (isRoot) aptGetInstall(missing.map(([name]) => name))
  else for (const [name, use] of missing) console.log(`Debian package ${name} is missing (${use})`)
}

function aptGetInstall(names: readonly string[]): void {
  console.log(`install Debian packages: ${names.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const argv of [['update'], ['install', '--yes', '--no-install-recommends', ...names]]) {
    execFileSync('apt-get', ['--quiet=2', ...argv], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

function buildAddon(): void {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'rawnet.ts')], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

async function prepareLab(): Promise<void> {
  if (isRoot) await requireBinaries(binaryNames, console.log)
  else console.log('not root: interop and whole-system tests are skipped; the demo and the labs need root')
}

try {
  installPackages()
  buildAddon()
  await prepareLab()
} catch (error) {
  console.error(`setup: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
