import type { V1Deployment } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { componentLabels } from './labels.ts'
import { add, chart } from './manifest.ts'
import { commonArguments, environment, podTemplate, probes, restrictedContainer, restrictedPod } from './pod.ts'
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
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: labels },
      // The old one goes first: two controllers at once could give one address twice. `Recreate` would say the same, but
      // server-side apply cannot turn an existing rolling Deployment into one (the defaulted rollingUpdate stays: 422).
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: podTemplate({
        component: 'controller',
        workload: values.controller,
        tolerations: [],
        pod: { securityContext: restrictedPod! },
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
