import { expect } from 'chai'
import { clusterServiceVersion } from './cluster-service-version.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'
import { imageName, version } from './image.ts'

const definitions = customResourceDefinitions()
const { metadata, spec } = clusterServiceVersion(definitions, [{ kind: 'MetalLB' }])

describe('cluster service version', () => {
  it('is named after package and version', () => expect(metadata.name).to.equal(`metallb-operator.v${version}`))

  it('supports all namespaces and nothing else', () => {
    const supported = spec.installModes.filter((mode) => mode.supported).map(({ type }) => type)
    expect(supported).to.deep.equal(['AllNamespaces'])
  })

  it('owns every definition in every version', () => {
    const owned = spec.customresourcedefinitions.owned.map((row) => `${row.name} ${row.version}`)
    expect(owned)
      .to.have.lengthOf(11)
      .and.to.include.members([
        'metallbs.metallb.io v1beta1',
        'bgppeers.metallb.io v1beta1',
        'bgppeers.metallb.io v1beta2',
      ])
  })

  it('words every row and every field', () => {
    for (const row of spec.customresourcedefinitions.owned) {
      expect(row.description, row.name).to.match(/\w+ \w+/)
      for (const descriptor of [...row.specDescriptors, ...row.statusDescriptors])
        expect(descriptor.description, `${row.kind} ${descriptor.path}`).to.match(/\w+ \w+/)
    }
  })

  it('writes field names as titles, acronyms in capitals', () => {
    const metallb = spec.customresourcedefinitions.owned.find(({ kind }) => kind === 'MetalLB')
    const titles = metallb?.specDescriptors.map(({ displayName }) => displayName)
    expect(titles).to.include.members(['BGP Backend', 'Log Level', 'FRR-K8s Config'])
  })

  it('gives each service account its rights, so that OLM needs no manifest of ours for them', () => {
    const { clusterPermissions, permissions } = spec.install.spec
    const accounts = (rows: { serviceAccountName: string }[]) => rows.map((row) => row.serviceAccountName)
    expect(accounts(permissions)).to.deep.equal(['manager-account', 'controller', 'speaker'])
    expect(accounts(clusterPermissions)).to.deep.equal(['controller', 'speaker'])
  })

  it('lists the images that a disconnected cluster has to mirror', () => {
    expect(spec.relatedImages).to.deep.equal([{ name: 'metallb', image: imageName }])
  })
})
