const managedBy = 'app.kubernetes.io/managed-by'
const operator = 'metallb-operator'

/** Marks what the operator applies, watches and may prune. */
export const managedByOperator: Readonly<Record<string, string>> = { [managedBy]: operator }

export const managedByOperatorSelector = `${managedBy}=${operator}`

export const isManagedByOperator = (labels: Readonly<Record<string, string>> | undefined): boolean =>
  labels?.[managedBy] === operator

export type Component = 'controller' | 'speaker' | 'webhook'

/** Selectors are immutable: these are MetalLB's own, so that a take-over keeps its workloads. */
export const componentLabels = (component: Component) => ({ app: 'metallb', component })
