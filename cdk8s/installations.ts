import type { Construct } from 'constructs'
import { controllerChart } from './controller.ts'
import { type CustomResourceDefinition, customResourceDefinitionsChart } from './custom-resource-definitions.ts'
import { imageName } from './image.ts'
import { type Manifest, synthesize } from './manifest.ts'
import { namespaceChart } from './namespace.ts'
import { operatorChart } from './operator.ts'
import {
  controllerPermissions,
  operatorPermissions,
  type Permissions,
  speakerPermissions,
  webhookPermissions,
} from './permissions.ts'
import { rbacChart } from './rbac.ts'
import { speakerChart } from './speaker.ts'
import { defaults, operatorDefaults, type Values } from './values.ts'
import { webhookChart } from './webhook.ts'

/** The operator and all that it presupposes; a MetalLB resource does the rest. */
export function operatorInstallation(definitions: readonly CustomResourceDefinition[]): Manifest[] {
  return synthesize((scope) => {
    ground(scope, operatorDefaults, definitions, operatorInstallationPermissions)
    operatorChart(scope, operatorDefaults, imageName)
  })
}

/** Every service account of an installation with an operator: it deploys the operands, but gives them no rights. */
export const operatorInstallationPermissions: readonly Permissions[] = [
  operatorPermissions,
  controllerPermissions(operatorDefaults.memberListSecret),
  speakerPermissions,
]

/** Controller and speaker without an operator, hence without its resource. */
export function nativeInstallation(definitions: readonly CustomResourceDefinition[]): Manifest[] {
  const operands = definitions.filter(({ spec }) => spec.names.kind !== 'MetalLB')
  return synthesize((scope) => {
    ground(scope, defaults, operands, [controllerPermissions(defaults.memberListSecret), speakerPermissions])
    controllerChart(scope, defaults)
    speakerChart(scope, defaults)
  })
}

/** For an installation of either kind that is there already. */
export function webhookInstallation(): Manifest[] {
  return synthesize((scope) => {
    rbacChart(scope, defaults.namespace, webhookPermissions)
    webhookChart(scope, defaults)
  })
}

function ground(
  scope: Construct,
  { namespace }: Values,
  definitions: readonly CustomResourceDefinition[],
  accounts: readonly Permissions[],
): void {
  namespaceChart(scope, namespace)
  customResourceDefinitionsChart(scope, definitions)
  for (const permissions of accounts) rbacChart(scope, namespace, permissions)
}
