import type { CustomResourceDefinition } from './custom-resource-definitions.ts'
import { imageName, version } from './image.ts'
import { operatorInstallationPermissions } from './installations.ts'
import { podSecurityLabels } from './namespace.ts'
import { operatorDeployment } from './operator.ts'
import { ownedResources } from './owned-resources.ts'
import { operatorDefaults } from './values.ts'

export const packageName = 'metallb-operator'
export const channel = 'alpha'

const architectures = ['amd64', 'arm64']

/** What OLM installs, and what its console shows. `examples` are one object per kind, to start from. */
export function clusterServiceVersion(definitions: readonly CustomResourceDefinition[], examples: readonly object[]) {
  return {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: {
      name: `${packageName}.v${version}`,
      labels: {
        ...Object.fromEntries(architectures.map((name) => [`operatorframework.io/arch.${name}`, 'supported'])),
        'operatorframework.io/os.linux': 'supported',
      },
      annotations: annotations(examples),
    },
    spec: {
      ...presentation,
      version,
      minKubeVersion: '1.31.0',
      maturity: 'alpha',
      installModes: installModes(),
      install: installStrategy(),
      customresourcedefinitions: { owned: definitions.flatMap(ownedResources) },
      relatedImages: [{ name: 'metallb', image: imageName }],
    },
  }
}

function annotations(examples: readonly object[]) {
  const { namespace } = operatorDefaults
  const suggestedNamespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: podSecurityLabels },
  }
  return {
    'alm-examples': JSON.stringify(examples, undefined, 2),
    capabilities: 'Basic Install',
    categories: 'Networking',
    containerImage: imageName,
    description: 'Gives Services of type LoadBalancer an address and makes it reachable, on clusters without a cloud.',
    'operatorframework.io/suggested-namespace': namespace,
    'operatorframework.io/suggested-namespace-template': JSON.stringify(suggestedNamespace),
  }
}

const presentation = {
  displayName: 'MetalLB Operator',
  description: [
    'MetalLB gives Services of type LoadBalancer an address out of pools that you define, and makes that address reachable from outside',
    'the cluster: by ARP and NDP on the local network, or by BGP to your routers.',
    '',
    `Install it into the namespace ${operatorDefaults.namespace} with an OperatorGroup of that namespace;`,
    'for a group of all namespaces OLM gives the same rights in the whole cluster.',
    '',
    'Create one `MetalLB` resource named `metallb` in the namespace of the operator, then an `IPAddressPool` and an `L2Advertisement`.',
  ].join('\n'),
  keywords: ['MetalLB', 'load balancer', 'bare metal', 'ARP', 'BGP'],
  provider: { name: 'metallb-ts' },
}

/**
 * The operator reads its own namespace and no other, so a group of another namespace (SingleNamespace) would not be served.
 * For a group of all namespaces OLM makes ClusterRoles of `permissions` too, and what is meant for one namespace (to create
 * Secrets and Deployments) holds everywhere. OwnNamespace keeps it there; Services of all namespaces are in `clusterPermissions`.
 * AllNamespaces is what MetalLB offers: its subscriptions go on.
 */
const offeredModes = new Set(['OwnNamespace', 'AllNamespaces'])

function installModes() {
  const modes = ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces']
  return modes.map((type) => ({ type, supported: offeredModes.has(type) }))
}

function installStrategy() {
  const { metadata, spec } = operatorDeployment(operatorDefaults, imageName)
  const rulesOf = (scope: 'cluster' | 'namespace') =>
    operatorInstallationPermissions
      .filter((permissions) => permissions[scope].length > 0)
      .map(({ serviceAccount, [scope]: rules }) => ({ serviceAccountName: serviceAccount, rules }))
  return {
    strategy: 'deployment',
    spec: {
      deployments: [{ name: metadata.name, label: metadata.labels, spec }],
      clusterPermissions: rulesOf('cluster'),
      permissions: rulesOf('namespace'),
    },
  }
}
