import { isDeepStrictEqual } from 'node:util'
import type { V1OwnerReference } from '@kubernetes/client-node'
import type { ConfigurationState } from '../crds/generated/types.ts'
import { joinMessages } from './joined-messages.ts'

/** The component whose view of the configuration the object tells. */
export interface ConfigurationStateSubject {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly conditionType: string
  readonly owners: readonly V1OwnerReference[]
}

/** Without messages the configuration is in force; otherwise an older one is, because of them. */
export function configurationState(
  { namespace, name, labels, conditionType, owners }: ConfigurationStateSubject,
  messages: readonly string[],
  now: Date,
): ConfigurationState {
  const isValid = messages.length === 0
  const text = joinMessages(messages)
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'ConfigurationState',
    metadata: { namespace, name, labels: { ...labels }, ownerReferences: [...owners] },
    status: {
      result: isValid ? 'Valid' : 'Invalid',
      errorSummary: text,
      conditions: [
        {
          type: conditionType,
          status: isValid ? 'True' : 'False',
          reason: isValid ? 'Reconciled' : 'ConfigurationError',
          message: text,
          lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
        },
      ],
    },
  }
}

/** Apart from the time. */
export function tellsTheSame(a: ConfigurationState, b: ConfigurationState): boolean {
  return isDeepStrictEqual(essence(a), essence(b))
}

function essence({ metadata, status }: ConfigurationState): unknown[] {
  const { result, errorSummary = '', conditions } = status ?? {}
  return [metadata?.ownerReferences?.[0]?.uid, result, errorSummary, conditions?.[0]?.status]
}
