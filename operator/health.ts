import type { V1DaemonSet, V1Deployment, V1Pod } from '@kubernetes/client-node'
import { podTrouble } from './pod-trouble.ts'

/** How the operands are; just one of the three holds. */
export type Health =
  | { readonly state: 'available'; readonly message: string }
  | { readonly state: 'progressing'; readonly message: string }
  | { readonly state: 'degraded'; readonly reason: string; readonly message: string }

export interface Workloads {
  readonly controller: V1Deployment | undefined
  readonly speaker: V1DaemonSet | undefined
  /** Of both. */
  readonly pods: readonly V1Pod[]
}

/** What the state of the workloads says, and nothing else: trouble first, then what is still under way. */
export function healthOf({ controller, speaker, pods }: Workloads): Health {
  const rollouts = [deploymentRollout(controller), daemonSetRollout(speaker)]
  const message = rollouts.map((rollout) => `${rollout.component} ${rollout.progress}`).join('; ')
  for (const { component, trouble } of rollouts) {
    const found = trouble ?? podTrouble(component, pods)
    if (found !== undefined) return { state: 'degraded', ...found }
  }
  return { state: rollouts.every(({ done }) => done) ? 'available' : 'progressing', message }
}

export interface Trouble {
  readonly reason: string
  readonly message: string
}

interface Rollout {
  readonly component: 'controller' | 'speaker'
  readonly done: boolean
  /** Such as "2/3 ready". */
  readonly progress: string
  /** What the workload itself says; pods may say more. */
  readonly trouble?: Trouble | undefined
}

function deploymentRollout(deployment: V1Deployment | undefined): Rollout {
  const component = 'controller'
  const status = deployment?.status
  if (deployment === undefined || !isObserved(deployment)) return { component, done: false, progress: 'not started' }
  const wanted = deployment.spec?.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  const updated = status?.updatedReplicas ?? 0
  const done = ready === wanted && updated === wanted && status?.replicas === wanted
  return { component, done, progress: describe({ ready, updated, wanted }), trouble: deploymentTrouble(deployment) }
}

function daemonSetRollout(daemonSet: V1DaemonSet | undefined): Rollout {
  const component = 'speaker'
  const status = daemonSet?.status
  if (daemonSet === undefined || status === undefined || !isObserved(daemonSet))
    return { component, done: false, progress: 'not started' }
  const { desiredNumberScheduled: wanted, numberReady: ready, updatedNumberScheduled: updated = 0 } = status
  const done = ready === wanted && updated === wanted && status.currentNumberScheduled === wanted
  return {
    component,
    done,
    progress: describe({ ready, updated, wanted }),
    trouble: wanted === 0 ? noNodes : undefined,
  }
}

/** The workload's controller has seen the newest spec; before that, its counts speak of an older one. */
function isObserved({ metadata, status }: V1Deployment | V1DaemonSet): boolean {
  return status?.observedGeneration !== undefined && status.observedGeneration >= (metadata?.generation ?? 0)
}

function describe({ ready, updated, wanted }: { ready: number; updated: number; wanted: number }): string {
  return `${ready}/${wanted} ready${updated < wanted ? `, ${updated}/${wanted} updated` : ''}`
}

const noNodes: Trouble = {
  reason: 'NoMatchingNodes',
  message: 'speaker: no node matches spec.nodeSelector and spec.speakerTolerations, so no address is announced',
}

/** Conditions by which a Deployment says that it cannot go on. */
function deploymentTrouble(deployment: V1Deployment): Trouble | undefined {
  for (const { type, status, reason, message } of deployment.status?.conditions ?? []) {
    const stuck = type === 'Progressing' && status === 'False'
    const failed = type === 'ReplicaFailure' && status === 'True'
    if (stuck || failed) return { reason: reason ?? type, message: `controller: ${message ?? reason ?? type}` }
  }
  return undefined
}
