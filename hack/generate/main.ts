// `make generate`: makes everything that follows from crds/. `--check` changes nothing and says what is not up to date.
// Another generator is one more row in `generators`.
import { join } from 'node:path'
import { differences } from './differences.ts'
import { manifests } from './manifests.ts'
import { findDrift, mendDrift, type Output } from './output.ts'
import { reference } from './reference.ts'
import { resources } from './resources.ts'
import { type Kind, loadKinds } from './source.ts'
import { types } from './types.ts'
import { validators } from './validators.ts'

const root = join(import.meta.dirname, '../..')
const generators: ((kinds: Kind[]) => Output[] | Promise<Output[]>)[] = [
  manifests,
  resources,
  types,
  validators,
  reference,
  () => differences(root),
]
const ownedDirectories = ['crds/generated', 'docs/reference']
const mended = { differs: 'wrote', missing: 'wrote', stale: 'removed' } as const

const kinds = loadKinds(join(root, 'crds'))
const outputs = (await Promise.all(generators.map((generate) => generate(kinds)))).flat()
const drift = findDrift(root, outputs, ownedDirectories)
const check = process.argv.includes('--check')
if (!check) mendDrift(root, outputs, drift)
for (const { path, state } of drift) console.log(`${check ? state : mended[state]}  ${path}`)
if (check && drift.length > 0) {
  console.error('Generated files are not up to date. Mend with: make generate')
  process.exitCode = 1
}
