import { operatorDefaults, type TlsValues } from '../cdk8s/values.ts'

/** What the operator's own Deployment decides about the operands; the MetalLB resource decides the rest. */
export interface Environment {
  readonly namespace: string
  readonly controllerImage: string
  readonly speakerImage: string
  readonly memberListPort: number
  readonly metricsPort: number
  readonly livenessPort: number
  readonly tls: TlsValues
  /** Of the frr-k8s that the backend frr-k8s-external uses, unless the resource names another; "" for unknown. */
  readonly frrK8sNamespace: string
}

export const defaultEnvironment: Environment = {
  namespace: operatorDefaults.namespace,
  controllerImage: operatorDefaults.controller.image,
  speakerImage: operatorDefaults.speaker.image,
  memberListPort: operatorDefaults.memberListPort,
  metricsPort: operatorDefaults.metricsPort,
  livenessPort: operatorDefaults.livenessPort,
  tls: operatorDefaults.tls,
  frrK8sNamespace: '',
}
