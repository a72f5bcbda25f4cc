import type { V1Affinity, V1ResourceRequirements, V1Toleration } from '@kubernetes/client-node'
import { imageName } from './image.ts'

export type LogLevel = 'all' | 'debug' | 'info' | 'warn' | 'error' | 'none'

/** What a person may say about the pods of one workload. */
export interface WorkloadValues {
  readonly image: string
  /** Added to `kubernetes.io/os: linux`. */
  readonly nodeSelector: Readonly<Record<string, string>>
  /** Added to the tolerations that the workload has anyway. */
  readonly tolerations: readonly V1Toleration[]
  readonly affinity?: V1Affinity | undefined
  readonly priorityClassName?: string | undefined
  readonly runtimeClassName?: string | undefined
  readonly podAnnotations?: Readonly<Record<string, string>> | undefined
  /** Of the main container. */
  readonly resources?: V1ResourceRequirements | undefined
}

/** Settings of the TLS servers (metrics, webhook); an empty text leaves the process its default. */
export interface TlsValues {
  readonly minVersion: string
  readonly cipherSuites: string
  readonly curvePreferences: string
}

/** Everything that differs between two installations. */
export interface Values {
  readonly namespace: string
  readonly logLevel: LogLevel
  /** Services of this class are served; empty: those without a class. */
  readonly loadBalancerClass: string
  /** Made by the controller when absent; the speakers' key to each other. */
  readonly memberListSecret: string
  /** UDP and TCP, on the node's address. */
  readonly memberListPort: number
  /** HTTPS; on every address of the node, for the speaker. */
  readonly metricsPort: number
  /** Probes; for the speaker on 127.0.0.1 of the node. */
  readonly livenessPort: number
  readonly tls: TlsValues
  /** One of them leads, the others stand by. */
  readonly controllerReplicas: number
  readonly controller: WorkloadValues
  readonly speaker: WorkloadValues
}

const workloadDefaults: WorkloadValues = { image: imageName, nodeSelector: {}, tolerations: [] }

/** An installation without an operator, as MetalLB's plain manifests have it. */
export const defaults: Values = {
  namespace: 'metallb-system',
  logLevel: 'info',
  loadBalancerClass: '',
  memberListSecret: 'memberlist',
  memberListPort: 7946,
  metricsPort: 9120,
  livenessPort: 17472,
  tls: { minVersion: '', cipherSuites: '', curvePreferences: '' },
  controllerReplicas: 1,
  controller: workloadDefaults,
  speaker: workloadDefaults,
}

/** What the operator starts from: MetalLB's operator names the secret in its own way. */
export const operatorDefaults: Values = { ...defaults, memberListSecret: 'metallb-memberlist' }
