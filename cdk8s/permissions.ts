import type { V1PolicyRule } from '@kubernetes/client-node'
import { admittedResources } from '../crds/admitted.ts'
import { webhookConfigurationName, webhookSecret } from './webhook.ts'

/** What one service account may do: in the whole cluster, and in MetalLB's own namespace. */
export interface Permissions {
  readonly serviceAccount: string
  /** How its roles are called. */
  readonly role: string
  readonly cluster: readonly V1PolicyRule[]
  readonly namespace: readonly V1PolicyRule[]
}

const read = ['get', 'list', 'watch']
const admissionGroup = 'admissionregistration.k8s.io'
const applied = ['create', 'patch'] // server-side apply of an absent object needs both

const rule = (apiGroups: string[], resources: string[], verbs: string[], resourceNames?: string[]): V1PolicyRule => ({
  apiGroups,
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
})

const emitEvents = rule([''], ['events'], ['create', 'patch'])

/** The metrics server asks the API server who scrapes, and whether they may. */
const authorizeScrapes = [
  rule(['authentication.k8s.io'], ['tokenreviews'], ['create']),
  rule(['authorization.k8s.io'], ['subjectaccessreviews'], ['create']),
]

const bgpConfiguration = ['bgpadvertisements', 'bgppeers', 'bfdprofiles', 'communities']

/** Each process says in an object of its own whether it could use the configuration. */
const reportConfiguration = [
  rule(['metallb.io'], ['configurationstates'], [...read, ...applied]),
  rule(['metallb.io'], ['configurationstates/status'], ['patch']),
]

/** One Lease, and no other; create cannot be limited to a name. */
const leadBy = (lease: string) => [
  rule(['coordination.k8s.io'], ['leases'], ['create']),
  rule(['coordination.k8s.io'], ['leases'], [...read, 'update'], [lease]),
]

export const controllerLease = 'metallb-controller'

export function controllerPermissions(memberListSecret: string): Permissions {
  return {
    serviceAccount: 'controller',
    role: 'controller',
    cluster: [
      rule([''], ['services', 'namespaces', 'nodes'], read),
      rule(['discovery.k8s.io'], ['endpointslices'], read), // whether a Service is announced depends on its endpoints
      // One patch of the status carries address, annotation and conditions: no right to change a Service's spec.
      rule([''], ['services/status'], ['patch']),
      emitEvents,
      ...authorizeScrapes,
    ],
    namespace: [
      // More than it allocates by: it tells each object what is wrong with it. Secrets are the speakers' concern.
      rule(['metallb.io'], ['ipaddresspools', 'l2advertisements', ...bgpConfiguration], read),
      rule([''], ['configmaps'], read, ['bgpextras']),
      rule(['metallb.io'], ['ipreservations'], [...read, 'create', 'patch', 'delete']), // it writes those of pools with retainFor
      rule(['metallb.io'], ['ipaddresspools/status', 'ipreservations/status'], ['patch']),
      rule(['metallb.io'], ['speakerstatuses'], read),
      rule(['metallb.io'], ['addressprobes'], [...read, 'create', 'delete']), // questions to the speakers
      ...reportConfiguration,
      ...leadBy(controllerLease),
      rule([''], ['pods'], read), // whether speakers are there; its own owns its ConfigurationState
      rule([''], ['secrets'], ['create']), // create cannot be limited to a name
      rule([''], ['secrets'], ['get'], [memberListSecret]),
      rule(['apps'], ['deployments'], ['get'], ['controller']), // the owner of that secret
    ],
  }
}

export const speakerPermissions: Permissions = {
  serviceAccount: 'speaker',
  role: 'speaker',
  cluster: [
    rule([''], ['services', 'nodes'], read),
    rule(['discovery.k8s.io'], ['endpointslices'], read),
    emitEvents,
    ...authorizeScrapes,
  ],
  namespace: [
    rule(['metallb.io'], ['ipaddresspools', 'l2advertisements', ...bgpConfiguration], read),
    rule([''], ['configmaps'], read, ['bgpextras']),
    rule([''], ['secrets'], read), // passwords of BGP peers; which Secrets, only the peers know
    ...reportConfiguration,
    rule(['metallb.io'], ['servicel2statuses'], [...read, 'create', 'delete']),
    rule(['metallb.io'], ['servicel2statuses/status'], ['patch']),
    rule(['metallb.io'], ['speakerstatuses'], [...read, ...applied]),
    rule(['metallb.io'], ['addressprobes'], read),
    rule(['metallb.io'], ['speakerstatuses/status', 'addressprobes/status'], ['patch']),
    rule([''], ['pods'], read), // whom to expect in the membership
  ],
}

/** It reads what it compares, keeps one Secret and signs one registration; of Services it knows nothing. */
export const webhookPermissions: Permissions = {
  serviceAccount: 'webhook',
  role: 'webhook',
  cluster: [
    rule([''], ['nodes'], read), // node selectors
    rule([admissionGroup], ['validatingwebhookconfigurations'], [...read, 'patch'], [webhookConfigurationName]),
    ...authorizeScrapes,
  ],
  namespace: [
    rule(
      ['metallb.io'],
      admittedResources.map(({ plural }) => plural),
      read,
    ),
    rule([''], ['secrets'], [...read, 'update'], [webhookSecret]),
    rule([''], ['secrets'], ['create']), // create cannot be limited to a name
  ],
}

export const leaderElectionLease = 'metallb.io.metallboperator'

/** RBAC of the operands ships with the installation, so the operator needs no right to give rights. */
export const operatorPermissions: Permissions = {
  serviceAccount: 'manager-account',
  role: 'metallb-operator',
  cluster: [],
  namespace: [
    rule(['metallb.io'], ['metallbs'], read),
    rule(['metallb.io'], ['metallbs/status'], ['patch']),
    rule(['metallb.io'], ['metallbs/finalizers'], ['update']), // OpenShift: to be named as an owner that blocks deletion
    rule(['apps'], ['deployments', 'daemonsets'], [...read, ...applied, 'delete']),
    rule([''], ['configmaps'], [...read, ...applied, 'delete']),
    rule([''], ['pods'], read), // why a rollout does not end
    ...leadBy(leaderElectionLease),
  ],
}
