/** Descriptors of the Kubernetes resources that more than one process needs. */
import type {
  CoreV1Event,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Lease,
  V1Namespace,
  V1Node,
  V1Pod,
  V1Secret,
  V1Service,
  V1SubjectAccessReview,
  V1TokenReview,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import type { KubeObject } from './object.ts'
import { defineResource, type Resource } from './resource.ts'

function inNamespace<T extends KubeObject>(group: string, plural: string, kind: string): Resource<T> {
  return defineResource<T>({ group, version: 'v1', plural, kind, namespaced: true })
}

function inCluster<T extends KubeObject>(group: string, plural: string, kind: string): Resource<T> {
  return defineResource<T>({ group, version: 'v1', plural, kind, namespaced: false })
}

export const services = inNamespace<V1Service>('', 'services', 'Service')
export const endpointSlices = inNamespace<V1EndpointSlice>('discovery.k8s.io', 'endpointslices', 'EndpointSlice')
export const nodes = inCluster<V1Node>('', 'nodes', 'Node')
export const namespaces = inCluster<V1Namespace>('', 'namespaces', 'Namespace')
export const pods = inNamespace<V1Pod>('', 'pods', 'Pod')
export const secrets = inNamespace<V1Secret>('', 'secrets', 'Secret')
export const configMaps = inNamespace<V1ConfigMap>('', 'configmaps', 'ConfigMap')
/** The core/v1 form, which every `kubectl describe` shows. */
export const events = inNamespace<CoreV1Event>('', 'events', 'Event')
export const leases = inNamespace<V1Lease>('coordination.k8s.io', 'leases', 'Lease')
export const deployments = inNamespace<V1Deployment>('apps', 'deployments', 'Deployment')
export const daemonSets = inNamespace<V1DaemonSet>('apps', 'daemonsets', 'DaemonSet')
export const customResourceDefinitions = inCluster<V1CustomResourceDefinition>(
  'apiextensions.k8s.io',
  'customresourcedefinitions',
  'CustomResourceDefinition',
)
export const validatingWebhookConfigurations = inCluster<V1ValidatingWebhookConfiguration>(
  'admissionregistration.k8s.io',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
)
export const tokenReviews = inCluster<V1TokenReview>('authentication.k8s.io', 'tokenreviews', 'TokenReview')
export const subjectAccessReviews = inCluster<V1SubjectAccessReview>(
  'authorization.k8s.io',
  'subjectaccessreviews',
  'SubjectAccessReview',
)
