/** `make setup`, after the npm packages: Debian packages (as root), the native addon, the lab's test binaries (as root). */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import debianPackages from './debian-packages.json' with { type: 'json' }
import { type Binary, binaryNames, fastLabBinaries, requireBinaries } from './lab/binaries.ts'
import { requireHierarchies } from './lab/cgroups.ts'

const isRoot = process.getuid?.() === 0
const dpkgStatus = '/var/lib/dpkg/status'

/** Read from dpkg's own file: asking dpkg-query would take longer than all the rest. */
function installedPackages(): Set<string> {
  const installed = /^Package: (\S+)\nStatus: install ok installed$/gm
  return new Set([...readFileSync(dpkgStatus, 'utf8').matchAll(installed)].map(([, name = '']) => name))
}

function installPackages(): void {
  if (!existsSync(dpkgStatus)) {
    console.log(`not a Debian system; what Debian's packages give: ${Object.keys(debianPackages).join(' ')}`)
    return
  }
  const installed = installedPackages()
  const missing = Object.entries(debianPackages).filter(([name]) => !installed.has(name))
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
  if (isRoot) await requireBinaries(usefulBinaries(), console.log)
  else console.log('not root: interop and whole-system tests are skipped; the demo and the labs need root')
}

/** The whole cluster's take minutes to build: not for a machine that cannot run it. */
function usefulBinaries(): readonly Binary[] {
  try {
    requireHierarchies()
    return binaryNames
  } catch (error) {
    console.log(`no whole cluster here, and no demo: ${(error as Error).message}`)
    return fastLabBinaries
  }
}

try {
  installPackages()
  buildAddon()
  await prepareLab()
} catch (error) {
  console.error(`setup: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
