import type {
  V1Deployment,
  V1Secret,
  V1Service,
  V1ValidatingWebhook,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { type AdmittedResource, admissionPath, admittedResources } from '../crds/admitted.ts'
import { componentLabels } from './labels.ts'
import { add, chart } from './manifest.ts'
import {
  commonArguments,
  environment,
  podTemplate,
  probes,
  restrictedContainer,
  restrictedPod,
  spreadOverNodes,
} from './pod.ts'
import { nodeCommand } from './runtime.ts'
import type { Values } from './values.ts'

/** Refusals at apply, as an addition to any installation: pods that do nothing else, and their registration. */
export function webhookChart(scope: Construct, values: Values): void {
  chart(scope, 'webhook', (objects) => {
    const { namespace } = values
    add<V1Secret>(objects, { apiVersion: 'v1', kind: 'Secret', metadata: { name: webhookSecret, namespace } })
    add<V1Service>(objects, webhookService(namespace))
    add<V1Deployment>(objects, webhookDeployment(values))
    add<V1ValidatingWebhookConfiguration>(objects, webhookConfiguration(namespace))
  })
}

const name = 'webhook'
const labels = componentLabels(name)
const serviceName = 'metallb-webhook-service'
const containerPort = 9443

/** Filled by the process, which makes it as it is here when somebody deletes it; listed so that it goes with the rest. */
export const webhookSecret = 'metallb-webhook-cert'
export const webhookConfigurationName = 'metallb-webhook-configuration'

function webhookService(namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: serviceName, namespace, labels },
    spec: { selector: labels, ports: [{ port: 443, targetPort: containerPort }] },
  }
}

/** No caBundle: the process writes it, and whoever applies this file does not take it back. */
function webhookConfiguration(namespace: string) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: webhookConfigurationName, labels },
    webhooks: admittedResources.flatMap((resource) => entriesOf(resource, namespace)),
  } satisfies V1ValidatingWebhookConfiguration
}

/**
 * A write is looked at if it can change what the configuration says. The rest (annotations, finalizers, objects that are
 * being deleted) must not depend on whether the webhook is there.
 */
const bearsOnConfiguration = {
  name: 'bears-on-configuration',
  expression: [
    'oldObject == null',
    '!has(object.metadata.deletionTimestamp) && (object.?spec != oldObject.?spec || object.metadata.?labels != oldObject.metadata.?labels)',
  ].join(' || '),
}

function entriesOf(resource: AdmittedResource, namespace: string): V1ValidatingWebhook[] {
  const validation = {
    ...entry(resource, namespace, ['CREATE', 'UPDATE']),
    name: `${webhookNames[resource.kind] ?? resource.kind.toLowerCase()}validationwebhook.metallb.io`,
    // The configuration that was checked is the one there is: MetalLB's choice, and nobody but its own kinds is kept waiting.
    failurePolicy: 'Fail',
    matchConditions: [bearsOnConfiguration],
  }
  if (resource.kind !== 'BFDProfile') return [validation]
  const deletion = {
    ...entry(resource, namespace, ['DELETE']),
    name: 'bfdprofiledeletionwebhook.metallb.io',
    // With Fail, a namespace could not be deleted any more once the webhook's own pods are gone.
    failurePolicy: 'Ignore',
  }
  return [validation, deletion]
}

/** MetalLB's plural. */
const webhookNames: Readonly<Record<string, string>> = { BGPPeer: 'bgppeers' }

function entry(resource: AdmittedResource, namespace: string, operations: string[]) {
  const { group, version, plural } = resource
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { name: serviceName, namespace, path: admissionPath(resource), port: 443 } },
    rules: [{ apiGroups: [group], apiVersions: [version], operations, resources: [plural], scope: 'Namespaced' }],
    sideEffects: 'None',
    timeoutSeconds: 5, // an answer takes milliseconds; enough for one lost packet
  }
}

/** Two, so that a node or a pod may go without anybody noticing. */
function webhookDeployment(values: Values) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: values.namespace, labels },
    spec: {
      replicas: 2,
      revisionHistoryLimit: 3,
      selector: { matchLabels: labels },
      template: podTemplate({
        component: name,
        workload: values.controller,
        tolerations: [],
        pod: { securityContext: restrictedPod!, ...spreadOverNodes(labels) },
        container: {
          name,
          image: values.controller.image,
          command: nodeCommand('controller'),
          args: [...commonArguments(values), '--webhook-mode=onlywebhook'],
          env: environment({ METALLB_NAMESPACE: { field: 'metadata.namespace' } }),
          ports: [
            { name: 'webhook', containerPort },
            { name: 'metricshttps', containerPort: values.metricsPort },
          ],
          securityContext: restrictedContainer,
          ...probes(values.livenessPort),
        },
      }),
    },
  } satisfies V1Deployment
}
