import type { V1Deployment } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
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

/** The Deployment that gives Services their addresses. */
export function controllerChart(scope: Construct, values: Values): void {
  chart(scope, 'controller', (objects) => add<V1Deployment>(objects, controllerDeployment(values)))
}

const name = 'controller'
const labels = componentLabels('controller')

function controllerDeployment(values: Values) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: values.namespace, labels },
    spec: {
      replicas: values.controllerReplicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: labels },
      // The new one is ready, standing by, before the old one goes and hands over to it.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate({
        component: 'controller',
        workload: values.controller,
        tolerations: [],
        pod: { securityContext: restrictedPod!, ...spreadOverNodes(labels) },
        container: controllerContainer(values),
      }),
    },
  } satisfies V1Deployment
}

function controllerContainer(values: Values) {
  return {
    name,
    image: values.controller.image,
    command: nodeCommand('controller'),
    args: [...commonArguments(values), '--webhook-mode=disabled'],
    env: environment({
      METALLB_NAMESPACE: { field: 'metadata.namespace' },
      METALLB_POD_NAME: { field: 'metadata.name' },
      METALLB_DEPLOYMENT: name,
      METALLB_ML_SECRET_NAME: values.memberListSecret,
    }),
    ports: [{ name: 'metricshttps', containerPort: values.metricsPort }],
    securityContext: restrictedContainer,
    ...probes(values.livenessPort),
  }
}
