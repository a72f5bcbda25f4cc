import type { V1Pod } from '@kubernetes/client-node'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import { isReadyPod } from '../../kube/pod.ts'

/** What counts of a node's speaker. */
export interface SpeakerFacts {
  readonly state: 'serving' | 'reserve' | 'unfit' | 'away'
  /** On which it answers; undefined: it does not say. */
  readonly interfaces: readonly string[] | undefined
  /** Of the configuration by which it goes; undefined: it does not say. */
  readonly generation: string | undefined
}

type Phase = NonNullable<NonNullable<SpeakerStatus['status']>['phase']>

const states: Readonly<Record<Phase, SpeakerFacts['state']>> = {
  Starting: 'away',
  Serving: 'serving',
  Leaving: 'away',
  Returning: 'reserve',
  Unfit: 'unfit',
}

export interface SpeakerSources {
  readonly status: SpeakerStatus | undefined
  /** The owner of the status: a speaker that crashes again and again leaves a status behind. */
  readonly pod: V1Pod | undefined
  readonly isNodeReady: boolean
}

/**
 * Undefined: there has never been one. While it is away, what it told last counts.
 * @param before what was known of the node's speaker
 */
export function speakerFacts(sources: SpeakerSources, before: SpeakerFacts | undefined): SpeakerFacts | undefined {
  const { phase = 'Serving', interfaces, configGeneration: generation } = sources.status?.status ?? {}
  const state = isThere(sources) ? states[phase] : 'away'
  if (state !== 'away') return { state, interfaces, generation }
  return before && { ...before, state }
}

export function sameSpeaker(one: SpeakerFacts | undefined, other: SpeakerFacts | undefined): boolean {
  const isSameGround = one?.state === other?.state && one?.generation === other?.generation
  return isSameGround && one?.interfaces?.join() === other?.interfaces?.join()
}

export function ownerPodOf({ metadata }: SpeakerStatus): string | undefined {
  return metadata?.ownerReferences?.find(({ kind }) => kind === 'Pod')?.name
}

/** What is kept of a pod of MetalLB's namespace. */
export function keepPod({ metadata = {}, spec, status }: V1Pod): V1Pod {
  const { namespace, name, uid, resourceVersion, deletionTimestamp } = metadata
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return {
    metadata: {
      ...{ namespace, name, uid, resourceVersion },
      ...(deletionTimestamp && { deletionTimestamp }),
    } as never,
    spec: { containers: [], ...(spec?.nodeName && { nodeName: spec.nodeName }) },
    status: { conditions: ready ? [{ type: 'Ready', status: ready.status }] : [] },
  }
}

function isThere({ status, pod, isNodeReady }: SpeakerSources): boolean {
  if (status === undefined || !isNodeReady) return false
  if (ownerPodOf(status) === undefined) return true
  // Without a member list that it cannot carry traffic is just why the pod is not ready.
  return pod !== undefined && (isReadyPod(pod) || status.status?.phase === 'Unfit')
}
