/**
 * The import rules of the folders: which folder may use which, and which packages stay where.
 * `node hack/check/imports.ts` prints every import that breaks a rule and exits 1.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

interface Rule {
  /** Longest matching prefix of a file's path decides. */
  folder: string
  /** Folders that it may import, itself always among them. `*` means any. */
  may: string[]
}

const rules: Rule[] = [
  { folder: 'net', may: [] },
  { folder: 'crds', may: [] },
  { folder: 'kube', may: [] },
  { folder: 'daemon', may: ['kube'] },
  { folder: 'config', may: ['crds', 'net'] },
  { folder: 'allocation', may: ['config', 'crds', 'net'] },
  { folder: 'announcement', may: ['config', 'crds', 'net'] },
  { folder: 'controller', may: ['kube', 'daemon', 'config', 'allocation', 'announcement', 'crds', 'net'] },
  { folder: 'speaker/layer2', may: ['net'] },
  { folder: 'speaker/membership', may: ['net', 'speaker/layer2'] },
  {
    folder: 'speaker/membership/simulation',
    may: ['announcement', 'net', 'speaker/layer2', 'speaker/membership', 'speaker/ownership'],
  },
  { folder: 'speaker/ownership', may: ['announcement', 'net', 'speaker/layer2', 'speaker/membership'] },
  { folder: 'speaker/self-check', may: ['kube', 'net', 'speaker/layer2'] },
  { folder: 'speaker/dataplane', may: ['kube'] },
  { folder: 'speaker/bgp', may: ['net'] },
  { folder: 'speaker/bfd', may: ['net'] },
  {
    folder: 'speaker',
    may: [
      'kube',
      'daemon',
      'config',
      'announcement',
      'crds',
      'net',
      'speaker/layer2',
      'speaker/membership',
      'speaker/ownership',
      'speaker/self-check',
      'speaker/dataplane',
      'speaker/bgp',
      'speaker/bfd',
    ],
  },
  { folder: 'operator', may: ['kube', 'daemon', 'cdk8s', 'crds', 'net'] },
  { folder: 'cdk8s', may: ['crds'] },
  { folder: 'parity', may: ['*'] },
  { folder: 'hack', may: ['*'] },
  { folder: 'e2e', may: ['*'] },
  { folder: 'bench', may: ['*'] },
]

/** Packages that only some folders may use at run time (`import type` is free everywhere). */
const packages: Record<string, string[]> = {
  '@kubernetes/client-node': ['kube'],
  'prom-client': ['daemon', 'controller', 'speaker', 'operator'],
  pino: ['daemon'],
  cdk8s: ['cdk8s', 'operator', 'hack'],
  constructs: ['cdk8s', 'operator', 'hack'],
}

const testsAlsoMay = ['hack/lab', 'kube/testing']
const importStatement =
  /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

export interface Violation {
  file: string
  imports: string
  reason: string
}

const folderOf = (path: string): Rule | undefined =>
  rules
    .filter((rule) => path.startsWith(`${rule.folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)
    .at(0)

const isTest = (file: string): boolean => /\.test\.ts$|\/testing\//.test(file)

function judge(file: string, specifier: string, typeOnly: boolean): string | undefined {
  const from = folderOf(file)
  if (from === undefined) return 'the folder is not in the table of hack/check/imports.ts'
  if (from.may.includes('*')) return undefined
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(file), specifier))
    const to = folderOf(target)?.folder ?? target
    if (to === from.folder || from.may.includes(to)) return undefined
    if (isTest(file) && testsAlsoMay.some((folder) => target.startsWith(folder))) return undefined
    return `${from.folder}/ may import ${from.may.length === 0 ? 'nothing of ours' : from.may.join(' ')}`
  }
  const allowed = packages[specifier]
  if (allowed === undefined || typeOnly || isTest(file)) return undefined
  return allowed.includes(from.folder) ? undefined : `${specifier} is for ${allowed.join(' ')} only`
}

/** @param source the text of `file`, a path relative to the project's root */
export function violationsIn(file: string, source: string): Violation[] {
  return [...source.matchAll(importStatement)].flatMap(([, typeOnly, statement, dynamic]) => {
    const imports = statement ?? dynamic ?? ''
    const reason = judge(file, imports, typeOnly !== undefined)
    return reason === undefined ? [] : [{ file, imports, reason }]
  })
}

if (import.meta.main) {
  const files = globSync('*/**/*.ts', { exclude: ['node_modules/**', 'build/**', 'dist/**', 'coverage/**'] }).sort()
  const violations = files.flatMap((file) => violationsIn(file, readFileSync(file, 'utf8')))
  for (const { file, imports, reason } of violations) console.error(`${file} imports ${imports}: ${reason}`)
  if (violations.length > 0) process.exit(1)
  console.log(`${files.length} files keep the import rules`)
}
