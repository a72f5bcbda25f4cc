import type { V1PolicyRule } from '@kubernetes/client-node'
import { expect } from 'chai'
import { controllerPermissions, operatorPermissions, type Permissions, speakerPermissions } from './permissions.ts'

const controller = controllerPermissions('memberlist')
const all = [controller, speakerPermissions, operatorPermissions]

interface Question {
  title: string
  who: Permissions
  scope: 'cluster' | 'namespace'
  resource: string
  verbs: string[]
}

const answers: Question[] = [
  {
    title: 'the controller only patches the status of Services',
    who: controller,
    scope: 'cluster',
    resource: 'services/status',
    verbs: ['patch'],
  },
  {
    title: 'the controller only reads Services',
    who: controller,
    scope: 'cluster',
    resource: 'services',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the controller reports pool counters',
    who: controller,
    scope: 'namespace',
    resource: 'ipaddresspools/status',
    verbs: ['patch'],
  },
  {
    title: 'the controller reads the BGP configuration, to tell what is wrong with it',
    who: controller,
    scope: 'namespace',
    resource: 'bgppeers',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the controller only reads EndpointSlices, to say whether Services are announced',
    who: controller,
    scope: 'cluster',
    resource: 'endpointslices',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: "the controller only reads pods, and only those of MetalLB's namespace",
    who: controller,
    scope: 'namespace',
    resource: 'pods',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the controller watches, takes and renews leases, and deletes none',
    who: controller,
    scope: 'namespace',
    resource: 'leases',
    verbs: ['create', 'get', 'list', 'update', 'watch'],
  },
  {
    title: 'the speaker only reads Services',
    who: speakerPermissions,
    scope: 'cluster',
    resource: 'services',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the speaker never writes a Service status',
    who: speakerPermissions,
    scope: 'cluster',
    resource: 'services/status',
    verbs: [],
  },
  {
    title: 'the speaker reads no secret elsewhere',
    who: speakerPermissions,
    scope: 'cluster',
    resource: 'secrets',
    verbs: [],
  },
  {
    title: 'the speaker reads the passwords of BGP peers',
    who: speakerPermissions,
    scope: 'namespace',
    resource: 'secrets',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the speaker watches pods',
    who: speakerPermissions,
    scope: 'namespace',
    resource: 'pods',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the controller asks speakers about addresses, and writes no answers',
    who: controller,
    scope: 'namespace',
    resource: 'addressprobes',
    verbs: ['create', 'delete', 'get', 'list', 'watch'],
  },
  {
    title: 'the speaker answers questions about addresses, and asks none',
    who: speakerPermissions,
    scope: 'namespace',
    resource: 'addressprobes',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the operator deletes no MetalLB resource',
    who: operatorPermissions,
    scope: 'namespace',
    resource: 'metallbs',
    verbs: ['get', 'list', 'watch'],
  },
  {
    title: 'the operator reads no secret',
    who: operatorPermissions,
    scope: 'namespace',
    resource: 'secrets',
    verbs: [],
  },
  {
    title: 'the operator gives nobody rights',
    who: operatorPermissions,
    scope: 'namespace',
    resource: 'roles',
    verbs: [],
  },
]

describe('permissions', () => {
  for (const { title, who, scope, resource, verbs } of answers)
    it(title, () => expect(verbsOn(who[scope], resource)).to.deep.equal(verbs))

  it('grant nothing by wildcard', () => expect(JSON.stringify(all)).not.to.contain('"*"'))

  it('let the controller read just the one secret that it makes', () => {
    const readable = controller.namespace.filter(
      ({ resources, verbs }) => resources?.includes('secrets') && verbs.includes('get'),
    )
    expect(readable.map(({ resourceNames }) => resourceNames)).to.deep.equal([['memberlist']])
  })

  it('give the operator no right outside its namespace', () => expect(operatorPermissions.cluster).to.deep.equal([]))

  it('let nobody change nodes, namespaces, roles or definitions', () => {
    const rules = all.flatMap(({ cluster, namespace }) => [...cluster, ...namespace])
    for (const resource of ['nodes', 'namespaces', 'clusterroles', 'rolebindings', 'customresourcedefinitions'])
      for (const verb of verbsOn(rules, resource))
        expect(['get', 'list', 'watch'], `${verb} ${resource}`).to.include(verb)
  })
})

function verbsOn(rules: readonly V1PolicyRule[], resource: string): string[] {
  return [
    ...new Set(rules.filter(({ resources }) => resources?.includes(resource)).flatMap(({ verbs }) => verbs)),
  ].sort()
}
