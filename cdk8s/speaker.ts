import type { V1ConfigMap, V1DaemonSet, V1Toleration } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { componentLabels } from './labels.ts'
import { add, chart } from './manifest.ts'
import { commonArguments, environment, packetContainer, podTemplate, probes } from './pod.ts'
import { nodeCommand } from './runtime.ts'
import type { Values } from './values.ts'

/** The DaemonSet that announces addresses, and the interfaces it leaves alone. */
export function speakerChart(scope: Construct, values: Values): void {
  chart(scope, 'speaker', (objects) => {
    add<V1ConfigMap>(objects, excludedInterfaces(values))
    add<V1DaemonSet>(objects, speakerDaemonSet(values))
  })
}

const name = 'speaker'
const labels = componentLabels('speaker')
const excludeConfigMap = 'metallb-excludel2'
const secretDirectory = '/etc/ml_secret_key'

const controlPlaneTolerations: V1Toleration[] = ['control-plane', 'master'].map((role) => ({
  key: `node-role.kubernetes.io/${role}`,
  operator: 'Exists',
  effect: 'NoSchedule',
}))

/** Unanchored regular expressions for the interfaces of container networks. */
const excludePatterns = [
  '^docker.*',
  '^cbr.*',
  '^dummy.*',
  '^virbr.*',
  '^lxcbr.*',
  '^veth.*',
  '^lo$',
  '^cali.*',
  '^tunl.*',
].concat(['^flannel.*', '^kube-ipvs.*', '^cni.*', '^nodelocaldns.*', '^lxc.*'])

function excludedInterfaces(values: Values) {
  const items = excludePatterns.map((pattern) => `- ${pattern}\n`)
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: excludeConfigMap, namespace: values.namespace, labels: { app: 'metallb' } },
    data: { 'excludel2.yaml': `announcedInterfacesToExclude:\n${items.join('')}` },
  }
}

function speakerDaemonSet(values: Values) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: values.namespace, labels },
    spec: {
      revisionHistoryLimit: 3,
      selector: { matchLabels: labels },
      template: podTemplate({
        component: 'speaker',
        workload: values.speaker,
        tolerations: controlPlaneTolerations,
        pod: {
          hostNetwork: true,
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          volumes: [
            { name: 'memberlist', secret: { secretName: values.memberListSecret, defaultMode: 0o400 } },
            { name: 'excludel2', configMap: { name: excludeConfigMap, defaultMode: 0o444 } },
          ],
        },
        container: speakerContainer(values),
      }),
    },
  }
}

function speakerContainer(values: Values) {
  const memberListPort = values.memberListPort
  return {
    name,
    image: values.speaker.image,
    command: nodeCommand('speaker'),
    args: commonArguments(values),
    env: environment({
      METALLB_NAMESPACE: { field: 'metadata.namespace' },
      METALLB_NODE_NAME: { field: 'spec.nodeName' },
      METALLB_POD_NAME: { field: 'metadata.name' },
      METALLB_HOST: { field: 'status.hostIP' },
      METALLB_ML_BIND_ADDR: { field: 'status.podIP' },
      METALLB_ML_BIND_PORT: `${memberListPort}`,
      METALLB_ML_LABELS: `app=${labels.app},component=${labels.component}`,
      METALLB_ML_SECRET_KEY_PATH: secretDirectory,
    }),
    ports: [
      { name: 'metricshttps', containerPort: values.metricsPort },
      { name: 'memberlist-tcp', containerPort: memberListPort, protocol: 'TCP' },
      { name: 'memberlist-udp', containerPort: memberListPort, protocol: 'UDP' },
    ],
    volumeMounts: [
      { name: 'memberlist', mountPath: secretDirectory, readOnly: true },
      { name: 'excludel2', mountPath: '/etc/metallb', readOnly: true },
    ],
    securityContext: packetContainer,
    ...probes(values.livenessPort, '127.0.0.1'),
  }
}
