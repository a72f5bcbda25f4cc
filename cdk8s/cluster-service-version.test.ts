import { expect } from 'chai'
import { clusterServiceVersion } from './cluster-service-version.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'
import { imageName, version } from './image.ts'

const definitions = customResourceDefinitions()
const { metadata, spec } = clusterServiceVersion(definitions, [{ kind: 'MetalLB' }])

describe('cluster service version', () => {
  it('is named after package and version', () => expect(metadata.name).to.equal(`metallb-operator.v${version}`))

  it('can be installed for its own namespace, where its rights stay, or for all; not for one that it does not read', () => {
    const supported = spec.installModes.filter((mode) => mode.supported).map(({ type }) => type)
    expect(supported).to.deep.equal(['OwnNamespace', 'AllNamespaces'])
    expect(spec.installModes).to.have.lengthOf(4) // OLM wants each mode named
  })

  it('suggests the namespace that the pods may run in', () => {
    const { annotations } = metadata
    expect(annotations['operatorframework.io/suggested-namespace']).to.equal('metallb-system')
    const template = JSON.parse(annotations['operatorframework.io/suggested-namespace-template'])
    expect(template.metadata.name).to.equal('metallb-system')
    expect(template.metadata.labels).to.include({ 'pod-security.kubernetes.io/enforce': 'privileged' })
  })

  it('needs no right in the whole cluster for what happens in its own namespace', () => {
    const everywhere = spec.install.spec.clusterPermissions.flatMap(({ rules }) => rules)
    const resources = everywhere.flatMap(({ resources = [] }) => resources)
    expect(resources).to.include('services')
    for (const resource of ['secrets', 'deployments', 'daemonsets', 'configmaps', 'leases', 'pods'])
      expect(resources).not.to.include(resource)
  })

  it('owns every definition in every version', () => {
    const owned = spec.customresourcedefinitions.owned.map((row) => `${row.name} ${row.version}`)
    expect(owned)
      .to.have.lengthOf(14)
      .and.to.include.members([
        'metallbs.metallb.io v1beta1',
        'ipreservations.metallb.io v1alpha1',
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
