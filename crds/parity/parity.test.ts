import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { compareFacts, type Difference, type Facts, factsOf, type RecordedKind, recordedForm } from './compare.ts'

const crds = join(import.meta.dirname, '..')
const plurals = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''))
const ours = readdirSync(join(crds, 'generated/manifests')).map((name) => name.replace('.yaml', ''))
const metallb = (plural: string): Facts =>
  plurals.includes(plural)
    ? factsOf(JSON.parse(readFileSync(join(import.meta.dirname, `${plural}.json`), 'utf8')))
    : new Map()
const manifest = (plural: string) => parse(readFileSync(join(crds, 'generated/manifests', `${plural}.yaml`), 'utf8'))

/** A row of the table: several places may differ in the same way for the same reason. */
interface Row extends Omit<Difference, 'path'> {
  paths: string[]
  why: string
}
const table: Row[] = parse(readFileSync(join(crds, 'differences.yaml'), 'utf8'))
const listed: Difference[] = table.flatMap(({ paths, metallb, ours }) => paths.map((path) => ({ path, metallb, ours })))
const listedFor = (plural: string): Difference[] =>
  listed.filter(({ path }) => path.split(' ')[0] === plural).sort((a, b) => (a.path < b.path ? -1 : 1))

const differencesOf = (plural: string, kind: RecordedKind): Difference[] => compareFacts(metallb(plural), factsOf(kind))

describe('parity with the definitions of MetalLB', () => {
  it('covers all kinds that MetalLB has', () => {
    expect(ours).to.include.members(plurals)
    expect(plurals).to.have.length(10)
  })

  for (const plural of ours) {
    it(`finds no difference in ${plural} that differences.yaml does not list, and lists none that is not there`, () => {
      expect(differencesOf(plural, recordedForm(manifest(plural)))).to.deep.equal(listedFor(plural))
    })
  }

  it('gives a reason for every listed difference, and lists none of an unknown kind', () => {
    for (const { paths, why } of table) {
      expect(why, paths[0]).to.match(/\w.{20,}/s)
      expect(ours).to.include.members(paths.map((path) => path.split(' ')[0]))
    }
  })
})

describe('the comparison itself', () => {
  const changed = (change: (kind: ReturnType<typeof manifest>) => void): Difference[] => {
    const definition = manifest('bgppeers')
    change(definition.spec)
    const known = new Set(listed.map(({ path }) => path))
    return differencesOf('bgppeers', recordedForm(definition)).filter(({ path }) => !known.has(path))
  }
  // biome-ignore lint/suspicious/noExplicitAny: a parsed manifest, changed by path
  const peerSpec = (spec: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    spec.versions.find((version: any) => version.name === 'v1beta2').schema.openAPIV3Schema.properties.spec

  const rows: [string, (spec: ReturnType<typeof manifest>) => void, Difference][] = [
    [
      'a default that is missing',
      (spec) => delete peerSpec(spec).properties.peerPort.default,
      { path: 'bgppeers v1beta2 spec.peerPort default', metallb: '179', ours: 'absent' },
    ],
    [
      'a narrower limit',
      (spec) => {
        peerSpec(spec).properties.peerPort.maximum = 1024
      },
      { path: 'bgppeers v1beta2 spec.peerPort maximum', metallb: '16384', ours: '1024' },
    ],
    [
      'a field that MetalLB does not have',
      (spec) => {
        peerSpec(spec).properties.colour = { type: 'string' }
      },
      { path: 'bgppeers v1beta2 spec.colour', metallb: 'absent', ours: 'field' },
    ],
    [
      'a field that became required',
      (spec) => peerSpec(spec).required.push('peerASN'),
      { path: 'bgppeers v1beta2 spec requires peerASN', metallb: 'absent', ours: 'true' },
    ],
    [
      'a rule that is missing',
      (spec) => delete peerSpec(spec).properties.enableGracefulRestart['x-kubernetes-validations'],
      { path: 'bgppeers v1beta2 spec.enableGracefulRestart rule self == oldSelf', metallb: 'rule', ours: 'absent' },
    ],
    [
      'a rule that MetalLB does not have, by its message',
      (spec) => {
        peerSpec(spec).properties.vrf['x-kubernetes-validations'] = [{ rule: "self != ''", message: 'name a VRF' }]
      },
      { path: 'bgppeers v1beta2 spec.vrf: name a VRF', metallb: 'absent', ours: 'rule' },
    ],
    [
      'another scope',
      (spec) => {
        spec.scope = 'Cluster'
      },
      { path: 'bgppeers scope', metallb: '"Namespaced"', ours: '"Cluster"' },
    ],
  ]
  for (const [name, change, difference] of rows) {
    it(`notices ${name}`, () => {
      expect(changed(change)).to.deep.equal([difference])
    })
  }

  it('notices a version that is not served any more', () => {
    const lost = changed((spec) => spec.versions.splice(0, 1))
    expect(lost.map(({ path }) => path)).to.include('bgppeers v1beta2 served')
  })

  it('takes no notice of wording', () => {
    expect(changed((spec) => delete peerSpec(spec).description)).to.deep.equal([])
  })
})
