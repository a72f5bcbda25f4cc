import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import type { Trouble } from './health.ts'

/**
 * Why pods of a component cannot run, by what kubelet and scheduler wrote into them; the reason that most pods share wins.
 * The message counts pods and quotes one.
 */
export function podTrouble(component: string, pods: readonly V1Pod[]): Trouble | undefined {
  const own = pods.filter((pod) => pod.metadata?.labels?.['component'] === component && isWanted(pod))
  const complaints = own.flatMap((pod) => complaintOf(pod) ?? [])
  const byReason = Map.groupBy(complaints, ({ reason }) => reason)
  const [reason, worst] = [...byReason].sort(([, a], [, b]) => b.length - a.length)[0] ?? []
  if (reason === undefined || worst === undefined) return undefined
  return { reason, message: `${component}: ${worst.length} of ${own.length} pods, ${worst[0]?.message}` }
}

/** A pod that has ended (evicted, its node shut down) is replaced by another, and its object may stay for weeks. */
function isWanted({ metadata, status }: V1Pod): boolean {
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded'
  return !ended && metadata?.deletionTimestamp === undefined
}

function complaintOf(pod: V1Pod): Trouble | undefined {
  return (
    pod.status?.containerStatuses?.map(containerComplaint).find((complaint) => complaint !== undefined) ??
    unschedulable(pod)
  )
}

/** Reasons of a waiting container that end by themselves only when somebody changes something. */
const waitingReasons: Readonly<Record<string, string>> = {
  ErrImagePull: 'ImagePullBackOff', // the two take turns: one name, or the condition would flap
  ImagePullBackOff: 'ImagePullBackOff',
  ErrImageNeverPull: 'ErrImageNeverPull',
  InvalidImageName: 'InvalidImageName',
  ImageInspectError: 'ImageInspectError',
  CreateContainerConfigError: 'CreateContainerConfigError',
  CreateContainerError: 'CreateContainerError',
  RunContainerError: 'RunContainerError',
  CrashLoopBackOff: 'CrashLoopBackOff',
}

/** One restart is an accident; from here on a container between two crashes is still called crashing. */
const crashingRestarts = 3

function containerComplaint(container: V1ContainerStatus): Trouble | undefined {
  const waiting = container.state?.waiting
  const reason = waitingReasons[waiting?.reason ?? '']
  if (reason !== undefined) return { reason, message: `container ${container.name}: ${waiting?.message ?? reason}` }
  const crashed = container.lastState?.terminated
  if (container.ready || crashed === undefined || container.restartCount < crashingRestarts) return undefined
  const message = `container ${container.name}: ${container.restartCount} restarts, the last with exit code ${crashed.exitCode}`
  return { reason: 'CrashLoopBackOff', message }
}

function unschedulable(pod: V1Pod): Trouble | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  )
  if (condition?.status !== 'False') return undefined
  return { reason: 'Unschedulable', message: `no node takes them: ${condition.message ?? 'no reason given'}` }
}
