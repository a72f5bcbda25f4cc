import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Binary, versions } from './binaries.ts'
import { type CommandError, mustRun, run } from './command.ts'
import { withLock } from './lock.ts'

interface BuildOptions {
  /** Where the finished binaries go. */
  readonly directory: string
  readonly versions: typeof versions
  readonly log: (line: string) => void
  /** Asked again once the lock is ours: another builder may have made them meanwhile. */
  readonly missing: () => Binary[]
}

const goTimeoutMillis = 30 * 60_000
const progressMillis = 10_000

export class BuildError extends Error {
  readonly code = 'binary-build'
}

/**
 * Builds test binaries from their Go modules. A binary appears in the directory whole or not at all, so that an
 * interrupted build goes on where it was; builders take turns.
 * Throws a BuildError without Go, and a CommandError when the compiler refuses.
 */
export async function buildBinaries(options: BuildOptions): Promise<void> {
  if (options.missing().length === 0) return
  mkdirSync(options.directory, { recursive: true })
  await withLock(`${options.directory}.lock`, options.log, async () => {
    const names = options.missing()
    if (names.length > 0) await buildAll(names, options)
  })
}

async function buildAll(names: readonly Binary[], { directory, versions, log }: BuildOptions): Promise<void> {
  await requireGo(names)
  const draft = mkdtempSync(join(dirname(directory), '.draft-'))
  try {
    const modules = { etcd: join(draft, 'etcd-module'), kubernetes: join(draft, 'kubernetes-module') }
    for (const [done, name] of names.entries()) {
      await timed(`${name} (${done + 1} of ${names.length})`, log, async () => {
        if (name === 'etcd') await buildEtcd(modules.etcd, join(draft, name), versions.etcd)
        else await buildKubernetes(name, modules.kubernetes, join(draft, name), versions.kubernetes)
      })
      renameSync(join(draft, name), join(directory, name))
    }
  } finally {
    rmSync(draft, { recursive: true })
  }
}

async function requireGo(names: readonly Binary[]): Promise<void> {
  const found = await run(['go', 'version']).catch((error: CommandError) => error.outcome)
  if (found.code === 0) return
  throw new BuildError(`${names.join(', ')}: to be built with Go, which is not on the PATH; or set KUBEBUILDER_ASSETS`)
}

/** Says what runs, every ten seconds that it still does, and how long it took. */
async function timed(what: string, log: (line: string) => void, work: () => Promise<void>): Promise<void> {
  const begin = performance.now()
  const seconds = () => Math.round((performance.now() - begin) / 1000)
  log(`build ${what}`)
  const progress = setInterval(() => log(`build ${what}: ${seconds()} s`), progressMillis)
  try {
    await work()
  } finally {
    clearInterval(progress)
  }
  log(`built ${what} in ${seconds()} s`)
}

const goEnvironment = () => ({ ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=mod' })

const go = (cwd: string, ...argv: string[]) =>
  mustRun(['nice', 'go', ...argv], { cwd, env: goEnvironment(), timeoutMillis: goTimeoutMillis })

const build = (module: string, output: string, main: string, linkerFlags: readonly string[] = []) =>
  go(module, 'build', '-trimpath', '-ldflags', ['-s', '-w', ...linkerFlags].join(' '), '-o', output, main)

/** In a module of its own: etcd's sibling modules must all be of the one version. */
async function buildEtcd(module: string, output: string, version: string): Promise<void> {
  const main = 'go.etcd.io/etcd/server/v3'
  mkdirSync(module)
  await go(module, 'mod', 'init', 'lab')
  await go(module, 'get', `${main}@v${version}`)
  await build(module, output, main)
}

async function buildKubernetes(name: Binary, module: string, output: string, version: string): Promise<void> {
  const main = `k8s.io/kubernetes/cmd/${name}`
  await createKubernetesModule(module, version)
  await go(module, 'get', '-tool', `${main}@v${version}`)
  await build(module, output, main, versionStamp(version))
}

/**
 * k8s.io/kubernetes takes its staging modules (k8s.io/api ...) from its own tree, which a module that requires it
 * cannot; they are published as v0.34.3 for v1.34.3.
 */
async function createKubernetesModule(module: string, version: string): Promise<void> {
  if (mkdirSync(module, { recursive: true }) === undefined) return // made for an earlier binary
  const download = await go(module, 'mod', 'download', '-json', `k8s.io/kubernetes@v${version}`)
  const { GoMod } = JSON.parse(download) as { GoMod: string }
  const own = readFileSync(GoMod, 'utf8')
  const goVersion = /^go (\S+)$/m.exec(own)?.[1] ?? ''
  const staging = [...own.matchAll(/(k8s\.io\/\S+) => \.\/staging\//g)].map(([, name]) => name)
  const stagingVersion = `v${version.replace(/^1\./, '0.')}`
  const lines = [
    'module lab',
    `go ${goVersion}`,
    `require k8s.io/kubernetes v${version}`,
    ...staging.map((name) => `replace ${name} => ${name} ${stagingVersion}`),
  ]
  writeFileSync(join(module, 'go.mod'), `${lines.join('\n')}\n`)
}

function versionStamp(version: string): string[] {
  const [major, minor] = version.split('.')
  const facts = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  return Object.entries(facts).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
}
