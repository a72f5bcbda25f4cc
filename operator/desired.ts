import { managedByOperator } from '../cdk8s/labels.ts'
import type { Manifest } from '../cdk8s/manifest.ts'
import { operands } from '../cdk8s/operands.ts'
import { operatorDefaults, type Values, type WorkloadValues } from '../cdk8s/values.ts'
import type { MetalLB } from '../crds/generated/types.ts'
import type { Environment } from './environment.ts'

/**
 * The objects that a MetalLB resource asks for, each owned by it: who deletes the resource deletes them.
 *
 * Assumptions: the resource was not refused (see refusal.ts) and comes from the API server (it has a uid).
 */
export function desiredObjects(metallb: MetalLB, environment: Environment): Manifest[] {
  return operands(valuesOf(metallb.spec ?? {}, environment)).map((object) => owned(object, metallb))
}

type Spec = NonNullable<MetalLB['spec']>

/** `spec.image` is ignored, as MetalLB's operator does: the images are those of the operator's environment. */
function valuesOf(spec: Spec, environment: Environment): Values {
  return {
    ...operatorDefaults,
    namespace: environment.namespace,
    logLevel: spec.logLevel ?? operatorDefaults.logLevel,
    loadBalancerClass: spec.loadBalancerClass ?? '',
    memberListPort: environment.memberListPort,
    metricsPort: environment.metricsPort,
    livenessPort: environment.livenessPort,
    tls: environment.tls,
    controller: {
      image: environment.controllerImage,
      nodeSelector: spec.controllerNodeSelector ?? {},
      tolerations: spec.controllerTolerations ?? [],
      ...podValues(spec.controllerConfig),
    },
    speaker: {
      image: environment.speakerImage,
      nodeSelector: spec.nodeSelector ?? {},
      tolerations: spec.speakerTolerations ?? [],
      ...podValues(spec.speakerConfig),
    },
  }
}

function podValues(config: Spec['controllerConfig']): Partial<WorkloadValues> {
  return {
    affinity: config?.affinity,
    priorityClassName: config?.priorityClassName,
    runtimeClassName: config?.runtimeClassName,
    podAnnotations: config?.annotations,
    resources: config?.resources,
  }
}

function owned(object: Manifest, metallb: MetalLB): Manifest {
  const owner = {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'MetalLB',
    name: metallb.metadata?.name ?? '',
    uid: metallb.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
  const labels = { ...object.metadata.labels, ...managedByOperator }
  return { ...object, metadata: { ...object.metadata, labels, ownerReferences: [owner] } }
}
