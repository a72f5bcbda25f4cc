import type {
  V1DaemonSet,
  V1DaemonSetStatus,
  V1Deployment,
  V1DeploymentStatus,
  V1Pod,
  V1PodStatus,
} from '@kubernetes/client-node'
import { expect } from 'chai'
import { type Health, healthOf } from './health.ts'

const controllerReady = { observedGeneration: 2, replicas: 1, readyReplicas: 1, updatedReplicas: 1 }
const speakersReady = {
  observedGeneration: 2,
  currentNumberScheduled: 3,
  desiredNumberScheduled: 3,
  numberMisscheduled: 0,
  numberReady: 3,
  updatedNumberScheduled: 3,
}

interface Row {
  title: string
  controller?: Partial<V1DeploymentStatus> | 'missing'
  speaker?: Partial<V1DaemonSetStatus> | 'missing'
  pods?: V1Pod[]
  state: Health['state']
  reason?: string
  message: RegExp
}

const stuck = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }
const failed = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota exceeded' }

const rows: Row[] = [
  {
    title: 'available when all is ready and of the newest spec',
    state: 'available',
    message: /^controller 1\/1 ready; speaker 3\/3 ready$/,
  },
  {
    title: 'progressing before the Deployment exists',
    controller: 'missing',
    state: 'progressing',
    message: /controller not started/,
  },
  {
    title: 'progressing before the DaemonSet exists',
    speaker: 'missing',
    state: 'progressing',
    message: /speaker not started/,
  },
  {
    title: 'progressing while the Deployment speaks of an older spec',
    controller: { observedGeneration: 1 },
    state: 'progressing',
    message: /controller not started/,
  },
  {
    title: 'progressing while the DaemonSet speaks of an older spec',
    speaker: { observedGeneration: 1 },
    state: 'progressing',
    message: /speaker not started/,
  },
  {
    title: 'progressing while the controller is not ready',
    controller: { readyReplicas: 0 },
    state: 'progressing',
    message: /controller 0\/1 ready/,
  },
  {
    title: 'progressing while the controller of the old spec runs',
    controller: { updatedReplicas: 0 },
    state: 'progressing',
    message: /controller 1\/1 ready, 0\/1 updated/,
  },
  {
    title: 'progressing while an old pod of the controller is left',
    controller: { replicas: 2 },
    state: 'progressing',
    message: /controller/,
  },
  {
    title: 'progressing while one speaker is not ready',
    speaker: { numberReady: 2 },
    state: 'progressing',
    message: /speaker 2\/3 ready/,
  },
  {
    title: 'progressing while one speaker is not updated',
    speaker: { updatedNumberScheduled: 2 },
    state: 'progressing',
    message: /speaker 3\/3 ready, 2\/3 updated/,
  },
  {
    title: 'progressing while a node has no speaker yet',
    speaker: { currentNumberScheduled: 2 },
    state: 'progressing',
    message: /speaker/,
  },
  {
    title: 'degraded when no node takes a speaker, rather than available with nobody to announce',
    speaker: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0 },
    state: 'degraded',
    reason: 'NoMatchingNodes',
    message: /nodeSelector/,
  },
  {
    title: 'degraded when the rollout of the controller timed out',
    controller: { readyReplicas: 0, conditions: [stuck] },
    state: 'degraded',
    reason: 'ProgressDeadlineExceeded',
    message: /^controller: timed out$/,
  },
  {
    title: 'degraded when the pod of the controller is refused',
    controller: { readyReplicas: 0, conditions: [failed] },
    state: 'degraded',
    reason: 'FailedCreate',
    message: /^controller: quota exceeded$/,
  },
  {
    title: 'degraded when images cannot be pulled, counting pods',
    speaker: { numberReady: 1 },
    pods: [waiting('speaker', 'ImagePullBackOff'), waiting('speaker', 'ErrImagePull'), running('speaker')],
    state: 'degraded',
    reason: 'ImagePullBackOff',
    message: /^speaker: 2 of 3 pods, container speaker: says ImagePullBackOff$/,
  },
  {
    title: 'degraded when a container cannot be created',
    controller: { readyReplicas: 0 },
    pods: [waiting('controller', 'CreateContainerError')],
    state: 'degraded',
    reason: 'CreateContainerError',
    message: /^controller: 1 of 1 pods/,
  },
  {
    title: 'degraded when a container crashes again and again',
    speaker: { numberReady: 2 },
    pods: [waiting('speaker', 'CrashLoopBackOff')],
    state: 'degraded',
    reason: 'CrashLoopBackOff',
    message: /speaker/,
  },
  {
    title: 'degraded still between two crashes, so that the condition does not flap',
    speaker: { numberReady: 2 },
    pods: [crashed(3)],
    state: 'degraded',
    reason: 'CrashLoopBackOff',
    message: /3 restarts, the last with exit code 7/,
  },
  {
    title: 'progressing after a single crash',
    speaker: { numberReady: 2 },
    pods: [crashed(1)],
    state: 'progressing',
    message: /speaker 2\/3 ready/,
  },
  {
    title: 'degraded when no node takes the controller',
    controller: { readyReplicas: 0 },
    pods: [unschedulable()],
    state: 'degraded',
    reason: 'Unschedulable',
    message: /^controller: 1 of 1 pods, no node takes them: 0\/3 nodes are available/,
  },
  {
    title: 'named after the reason that most pods share',
    speaker: { numberReady: 0 },
    pods: [
      waiting('speaker', 'CrashLoopBackOff'),
      waiting('speaker', 'ImagePullBackOff'),
      waiting('speaker', 'ImagePullBackOff'),
    ],
    state: 'degraded',
    reason: 'ImagePullBackOff',
    message: /2 of 3/,
  },
  {
    title: 'progressing while containers are being created',
    speaker: { numberReady: 0 },
    pods: [waiting('speaker', 'ContainerCreating')],
    state: 'progressing',
    message: /speaker 0\/3/,
  },
  {
    title: 'not touched by pods on their way out',
    pods: [deleted(waiting('speaker', 'ImagePullBackOff'))],
    state: 'available',
    message: /3\/3/,
  },
  {
    title: 'not touched by a pod that was evicted, whose object stays',
    pods: [ended('Failed', waiting('speaker', 'CrashLoopBackOff'))],
    state: 'available',
    message: /3\/3/,
  },
  {
    title: 'not touched by a pod that has come to its end',
    pods: [ended('Succeeded', crashed(3))],
    state: 'available',
    message: /3\/3/,
  },
  {
    title: 'counted without the pods that have ended',
    speaker: { numberReady: 2 },
    pods: [ended('Failed', crashed(3)), waiting('speaker', 'ImagePullBackOff'), running('speaker')],
    state: 'degraded',
    reason: 'ImagePullBackOff',
    message: /^speaker: 1 of 2 pods/,
  },
  {
    title: 'not touched by pods of other components',
    pods: [waiting('webhook-server', 'ImagePullBackOff')],
    state: 'available',
    message: /3\/3/,
  },
]

describe('health of the operands is', () => {
  for (const row of rows) {
    it(row.title, () => {
      const health = healthOf({
        controller: deployment(row.controller),
        speaker: daemonSet(row.speaker),
        pods: row.pods ?? [],
      })
      expect(health.state).to.equal(row.state)
      expect(health.message).to.match(row.message)
      expect(health.state === 'degraded' ? health.reason : undefined).to.equal(row.reason)
    })
  }
})

function deployment(status: Row['controller']): V1Deployment | undefined {
  return status === 'missing'
    ? undefined
    : ({
        metadata: { generation: 2 },
        spec: { replicas: 1 },
        status: { ...controllerReady, ...status },
      } as V1Deployment)
}

function daemonSet(status: Row['speaker']): V1DaemonSet | undefined {
  return status === 'missing' ? undefined : { metadata: { generation: 2 }, status: { ...speakersReady, ...status } }
}

function pod(component: string, status: V1PodStatus): V1Pod {
  return { metadata: { labels: { app: 'metallb', component } }, status }
}

function container(name: string, rest: object) {
  return { name, image: '', imageID: '', ready: false, restartCount: 0, ...rest }
}

function waiting(component: string, reason: string): V1Pod {
  return pod(component, {
    containerStatuses: [container(component, { state: { waiting: { reason, message: `says ${reason}` } } })],
  })
}

function running(component: string): V1Pod {
  return pod(component, { containerStatuses: [container(component, { ready: true, state: { running: {} } })] })
}

function crashed(restartCount: number): V1Pod {
  const lastState = { terminated: { exitCode: 7 } }
  return pod('speaker', {
    containerStatuses: [container('speaker', { restartCount, lastState, state: { running: {} } })],
  })
}

function unschedulable(): V1Pod {
  const message = '0/3 nodes are available: 3 node(s) had untolerated taint'
  return pod('controller', {
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  })
}

function deleted(object: V1Pod): V1Pod {
  return { ...object, metadata: { ...object.metadata, deletionTimestamp: new Date() } }
}

function ended(phase: 'Failed' | 'Succeeded', object: V1Pod): V1Pod {
  return { ...object, status: { ...object.status, phase } }
}
