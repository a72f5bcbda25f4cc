import { controllerChart } from './controller.ts'
import { customResourceDefinitionsChart } from './custom-resource-definitions.ts'
import { imageName } from './image.ts'
import { type Manifest, synthesize } from './manifest.ts'
import { namespaceChart } from './namespace.ts'
import { operatorChart } from './operator.ts'
import { controllerPermissions, operatorPermissions, speakerPermissions } from './permissions.ts'
import { rbacChart } from './rbac.ts'
import { speakerChart } from './speaker.ts'
import type { Values } from './values.ts'

/** The operator and all that it presupposes; a MetalLB resource does the rest. */
export function operatorInstallation(values: Values): Manifest[] {
  return synthesize((scope) => {
    namespaceChart(scope, values.namespace)
    customResourceDefinitionsChart(scope)
    rbacChart(scope, values.namespace, operatorPermissions)
    rbacChart(scope, values.namespace, controllerPermissions(values.memberListSecret))
    rbacChart(scope, values.namespace, speakerPermissions)
    operatorChart(scope, values, imageName)
  })
}

/** Controller and speaker without an operator. */
export function nativeInstallation(values: Values): Manifest[] {
  return synthesize((scope) => {
    namespaceChart(scope, values.namespace)
    customResourceDefinitionsChart(scope)
    rbacChart(scope, values.namespace, controllerPermissions(values.memberListSecret))
    rbacChart(scope, values.namespace, speakerPermissions)
    controllerChart(scope, values)
    speakerChart(scope, values)
  })
}
