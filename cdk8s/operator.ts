import type { V1Deployment } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { add, chart } from './manifest.ts'
import { operatorPermissions } from './permissions.ts'
import { environment, probes, restrictedContainer, restrictedPod, terminationGracePeriodSeconds } from './pod.ts'
import { nodeCommand } from './runtime.ts'
import type { Values } from './values.ts'

/** The Deployment that turns a MetalLB resource into controller and speakers. */
export function operatorChart(scope: Construct, values: Values, image: string): void {
  chart(scope, 'operator', (objects) => add<V1Deployment>(objects, operatorDeployment(values, image)))
}

const healthPort = 8080
const labels = { 'control-plane': 'controller-manager' }

/** Also what the OLM bundle has in its install strategy. */
export function operatorDeployment(values: Values, image: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'metallb-operator-controller-manager', namespace: values.namespace, labels },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: operatorPermissions.serviceAccount,
          terminationGracePeriodSeconds,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          securityContext: restrictedPod!,
          containers: [operatorContainer(values, image)],
        },
      },
    },
  } satisfies V1Deployment
}

function operatorContainer(values: Values, image: string) {
  return {
    name: 'manager',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: nodeCommand('operator'),
    args: ['--enable-leader-election', `--port=${healthPort}`],
    env: environment({
      OPERATOR_NAMESPACE: { field: 'metadata.namespace' },
      POD_NAME: { field: 'metadata.name' },
      CONTROLLER_IMAGE: values.controller.image,
      SPEAKER_IMAGE: values.speaker.image,
      MEMBER_LIST_BIND_PORT: `${values.memberListPort}`,
      METRICS_PORT: `${values.metricsPort}`,
      OPERAND_LIVENESS_PORT: `${values.livenessPort}`,
    }),
    ports: [{ name: 'health', containerPort: healthPort }],
    resources: { requests: { cpu: '50m', memory: '64Mi' } },
    securityContext: restrictedContainer,
    ...probes(healthPort),
  }
}
