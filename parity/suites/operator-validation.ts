import type { MetalLB } from '../../crds/generated/types.ts'
import { invalidSpec } from '../../operator/refusal.ts'
import { type Operations, runSteps, type Suite } from '../suite.ts'

const operations: Operations<string> = {
  admitMetalLB: (externalNamespace, { object }) => {
    const refusal = invalidSpec((object as MetalLB).spec ?? {}, externalNamespace)
    return { accepted: refusal === undefined }
  },
}

export const operatorValidation: Suite = {
  rules: { why: 'informative' },
  run: ({ externalFrrK8sNamespaceEnv = '' }, steps) =>
    runSteps(operations, externalFrrK8sNamespaceEnv as string, steps),
}
