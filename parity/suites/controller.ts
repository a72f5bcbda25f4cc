import type { V1Service } from '@kubernetes/client-node'
import { poolAnnotation } from '../../allocation/annotations.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import { type Facts, type Operations, runSteps, type Step, type Suite } from '../suite.ts'
import { ControllerUnderTest } from './controller-under-test.ts'

interface SyncStep extends Step {
  readonly service: V1Service
  readonly carryStatus?: boolean
  readonly apiWriteFails?: boolean
}

const operations: Operations<ControllerUnderTest> = {
  async sync(controller, step) {
    const { service, carryStatus, apiWriteFails = false } = step as SyncStep
    const key = keyOf(service)
    controller.put(carryStatus ? withStatusOf(controller.stored(key), service) : service)
    return passFacts(controller, key, { isWriteRefused: apiWriteFails })
  },
  resync: (controller, { service }) => passFacts(controller, service as string),
  delete: (controller, { service }) => {
    controller.delete(service as string)
    return passFacts(controller, service as string)
  },
  setPools: (controller, { objects }) => {
    const result = controller.setPools(objects as KubeObject[])
    return { result, events: [], ...memoryFacts(controller) }
  },
}

async function passFacts(controller: ControllerUnderTest, key: string, options?: object): Promise<Facts> {
  const { result, written, events } = await controller.pass(key, options)
  const { metadata, status } = controller.stored(key) ?? {}
  return {
    ...{ result, written, events },
    ingress: (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? `hostname:${hostname}`),
    poolAnnotation: metadata?.annotations?.[poolAnnotation] ?? null,
    ...memoryFacts(controller),
  }
}

function memoryFacts(controller: ControllerUnderTest): Facts {
  return { allocations: controller.allocations(), poolCounters: controller.poolCounters() }
}

/** As the API server would have kept it. */
function withStatusOf(stored: V1Service | undefined, service: V1Service): V1Service {
  const { [poolAnnotation]: _, ...annotations } = service.metadata?.annotations ?? {}
  const pool = stored?.metadata?.annotations?.[poolAnnotation]
  const all = pool === undefined ? annotations : { ...annotations, [poolAnnotation]: pool }
  const { status: __, ...rest } = service
  const metadata = { ...service.metadata, annotations: all }
  return { ...rest, metadata, ...(stored?.status === undefined ? {} : { status: stored.status }) }
}

/**
 * MetalLB's `reprocessAll` is a success or a refusal after which it looks at all other Services too. Here those that
 * the change concerns are looked at, whatever the result.
 */
function isSameResult(expected: unknown, actual: unknown): boolean {
  return expected === 'reprocessAll' ? actual === 'success' || actual === 'errorNoRetry' : expected === actual
}

export const controller: Suite = {
  rules: { result: isSameResult, allocations: 'map', 'allocations.*.ips': 'set', poolCounters: 'map' },
  run({ objects = [], configNotLoadedYet }, steps) {
    const controller = new ControllerUnderTest()
    if (configNotLoadedYet !== true) controller.setPools(objects as KubeObject[])
    return runSteps(operations, controller, steps)
  },
}
