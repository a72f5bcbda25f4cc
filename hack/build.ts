// Bundles every process into one CommonJS file: `node hack/build.ts`. CommonJS because an ES module that imports node:http pulls in
// Node's whole fetch implementation, 14 MB of memory.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import type { BuildInfo } from '../daemon/build-info.ts'

const root = join(import.meta.dirname, '..')
const outputDirectory = join(root, 'build/bin')

const entries: Readonly<Record<string, string>> = {
  controller: 'controller/main.ts',
  speaker: 'speaker/main.ts',
  operator: 'operator/main.ts',
  'self-signed': 'daemon/self-signed.ts',
}

/** The version of package.json, and the commit with its own date: the same source gives the same bytes. */
function readBuildInfo(): BuildInfo {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const [commit, date] = (git('show', '-s', '--format=%H %cI', 'HEAD') || 'unknown unknown').split(' ') as [
    string,
    string,
  ]
  const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
  return { version, commit: changed ? `${commit}-changed` : commit, date }
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return '' // a source archive has no history
  }
}

/** Required at the top by these packages, for features that we do not use: push gateways, clusters of processes, exemplars, log transports. */
const unusedModules: Readonly<Record<string, readonly string[]>> = {
  'prom-client': ['cluster', 'zlib', '@opentelemetry/api'],
  pino: ['thread-stream', 'worker_threads'],
}

const unusedFilter = new RegExp(`^(${Object.values(unusedModules).flat().join('|')})$`)

const withoutUnusedModules: Plugin = {
  name: 'without-unused-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: unusedFilter }, ({ path, importer }) => {
      const importingPackage = /\/node_modules\/([^/]+)\//.exec(importer)?.[1] ?? ''
      return unusedModules[importingPackage]?.includes(path) ? { path, namespace: 'empty' } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
  },
}

async function bundle(entryPoints: Record<string, string>): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: outputDirectory,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true, // the text of a program stays in its memory
    sourcemap: 'linked',
    // Loaded only outside clusters, to read a kubeconfig.
    external: ['@kubernetes/client-node'],
    define: {
      BUILD_INFO: JSON.stringify(readBuildInfo()),
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'error' },
    plugins: [withoutUnusedModules],
  })
}

function buildAddon(output: string): void {
  execFileSync(process.execPath, [join(root, 'hack/rawnet.ts'), '--output', output], { stdio: 'inherit' })
}

function printSizes(names: readonly string[]): void {
  console.log(`${'file'.padEnd(24)}${'KiB'.padStart(8)}${'gzip'.padStart(8)}`)
  for (const name of names) {
    const file = join(outputDirectory, name)
    const compressed = gzipSync(readFileSync(file)).length
    console.log(name.padEnd(24) + kibibytes(statSync(file).size) + kibibytes(compressed))
  }
}

const kibibytes = (bytes: number) => (bytes / 1024).toFixed(0).padStart(8)

const present = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)))
const missing = Object.values(entries).filter((source) => !existsSync(join(root, source)))
await bundle(Object.fromEntries(present))
buildAddon(join(outputDirectory, 'rawnet.node'))
printSizes([...present.map(([name]) => `${name}.cjs`), 'rawnet.node'])
for (const source of missing) console.error(`hack/build: missing: ${source}`)
process.exitCode = missing.length === 0 ? 0 : 1
