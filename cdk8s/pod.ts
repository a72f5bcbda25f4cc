import type {
  V1Affinity,
  V1Container,
  V1EnvVar,
  V1PodSpec,
  V1PodTemplateSpec,
  V1SecurityContext,
  V1Toleration,
} from '@kubernetes/client-node'
import { type Component, componentLabels } from './labels.ts'
import { nodeEnvironment } from './runtime.ts'
import type { Values, WorkloadValues } from './values.ts'

/** Long enough to hand over and release what the process holds; a process stops well before (see daemon/). */
export const terminationGracePeriodSeconds = 5

/** Of every container of ours: nothing to write, nothing to gain. */
const lockedDown: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

/** Pod Security "restricted". */
export const restrictedPod: V1PodSpec['securityContext'] = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  fsGroup: 65534,
  seccompProfile: { type: 'RuntimeDefault' },
}

export const restrictedContainer: V1SecurityContext = lockedDown

/** A non-root user with NET_RAW gets EPERM from packet sockets, so the speaker is uid 0 and has this capability alone. */
export const packetContainer: V1SecurityContext = {
  ...lockedDown,
  runAsUser: 0,
  capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
}

/** Probes of a health server; `host` for pods on the host network, whose server listens there alone. */
export function probes(port: number, host?: string): Pick<V1Container, 'livenessProbe' | 'readinessProbe'> {
  const get = (path: string) => ({ httpGet: { path, port, ...(host === undefined ? {} : { host }) } })
  return {
    livenessProbe: {
      ...get('/healthz'),
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 3,
    },
    readinessProbe: { ...get('/readyz'), periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 3 },
  }
}

/** A preference: replicas on different nodes, as far as there are nodes. */
export function spreadOverNodes(labels: Record<string, string>): Pick<V1PodSpec, 'topologySpreadConstraints'> {
  const constraint = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' }
  return { topologySpreadConstraints: [{ ...constraint, labelSelector: { matchLabels: labels } }] }
}

/** Environment variables: plain texts, and `{ field }` for what only the kubelet knows. */
export function environment(variables: Record<string, string | { field: string }>): V1EnvVar[] {
  return Object.entries({ ...nodeEnvironment, ...variables }).map(([name, value]) =>
    typeof value === 'string' ? { name, value } : { name, valueFrom: { fieldRef: { fieldPath: value.field } } },
  )
}

/** The flags that controller and speaker share. */
export function commonArguments(values: Values): string[] {
  const optional = {
    'lb-class': values.loadBalancerClass,
    'tls-min-version': values.tls.minVersion,
    'tls-cipher-suites': values.tls.cipherSuites,
    'tls-curve-preferences': values.tls.curvePreferences,
  }
  return [
    `--port=${values.metricsPort}`,
    `--health-probe-port=${values.livenessPort}`,
    `--log-level=${values.logLevel}`,
    ...Object.entries(optional).flatMap(([flag, text]) => (text === '' ? [] : [`--${flag}=${text}`])),
  ]
}

interface PodTemplate {
  component: Component
  workload: WorkloadValues
  /** Come before those of the workload's values. */
  tolerations: V1Toleration[]
  container: V1Container
  pod: Omit<V1PodSpec, 'containers'>
}

/** The pod of a workload: what is fixed, with what a person may say about it. */
export function podTemplate({ component, workload, tolerations, container, pod }: PodTemplate): V1PodTemplateSpec {
  return {
    metadata: { labels: componentLabels(component), ...given({ annotations: workload.podAnnotations }) },
    spec: {
      ...pod,
      serviceAccountName: component,
      terminationGracePeriodSeconds,
      nodeSelector: { 'kubernetes.io/os': 'linux', ...workload.nodeSelector },
      ...given({
        tolerations: [...tolerations, ...workload.tolerations],
        affinity: workload.affinity as V1Affinity | undefined,
        priorityClassName: workload.priorityClassName,
        runtimeClassName: workload.runtimeClassName,
      }),
      containers: [{ ...container, imagePullPolicy: 'IfNotPresent', ...given({ resources: workload.resources }) }],
    },
  }
}

/** Only the fields that have a value: an empty text or list counts as none, as it does for the API server. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined && value.length !== 0)
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> } // the filter removed the others
}
