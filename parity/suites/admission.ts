import { type AdmissionRequest, admit } from '../../config/admission.ts'
import type { BgpBackend } from '../../config/rules.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Operations, runSteps, type Step, type Suite } from '../suite.ts'
import { configObjectsOf } from './objects.ts'

interface Given {
  readonly objects?: readonly KubeObject[]
  readonly bgpBackend?: BgpBackend
}

interface Review extends Step {
  readonly operation: string
  readonly kind: string
  readonly object?: KubeObject
  readonly oldObject?: KubeObject
}

const namespace = 'metallb-system'

const operations: Operations<Given> = {
  review: ({ objects, bgpBackend = 'native' }, step) => {
    const options = { namespace, backend: bgpBackend }
    const { allowed, code, warnings } = admit(requestOf(step as Review), configObjectsOf(objects), options)
    return { allowed, code, warning: warnings.some(isOfMetalLB) }
  },
}

/** The only thing that MetalLB warns of. */
function isOfMetalLB(warning: string): boolean {
  return warning.includes('disableMP')
}

function requestOf({ operation, kind, object, oldObject }: Review): AdmissionRequest {
  return {
    ...{ operation, kind, namespace: (object ?? oldObject)?.metadata?.namespace ?? namespace },
    ...(object ? { object } : {}),
    ...(oldObject ? { oldObject } : {}),
  }
}

export const admission: Suite = {
  rules: {},
  run: (given, steps) => runSteps(operations, given, steps),
}
