/** Who deploys, and what the operator may prune. */
export const managedByOperator = { 'app.kubernetes.io/managed-by': 'metallb-operator' } as const

/** Selectors are immutable: these are MetalLB's own, so that a take-over keeps its workloads. */
export const componentLabels = (component: 'controller' | 'speaker') => ({ app: 'metallb', component })
