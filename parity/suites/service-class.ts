import type { V1Service } from '@kubernetes/client-node'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import { type Operations, runSteps, type Suite } from '../suite.ts'
import { ControllerUnderTest } from './controller-under-test.ts'

const pool: KubeObject & { spec: object } = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'pool', namespace: 'metallb-system' },
  spec: { addresses: ['192.0.2.0/24'] },
}

const operations: Operations<string> = {
  async classFilter(loadBalancerClass, { service }) {
    const controller = new ControllerUnderTest(loadBalancerClass)
    controller.setPools([pool])
    const handled = service ? await isDecided(controller, service as V1Service) : await isReleased(controller)
    return { handled }
  },
}

async function isDecided(controller: ControllerUnderTest, service: V1Service): Promise<boolean> {
  controller.put(service)
  return (await controller.pass(keyOf(service))).isDecided
}

/** Whether a deletion is heard of, whatever the class of the Service was. */
async function isReleased(controller: ControllerUnderTest): Promise<boolean> {
  const loadBalancerClass = controller.loadBalancerClass
  const service: V1Service = {
    metadata: { namespace: 'app', name: 'deleted' },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ...(loadBalancerClass ? { loadBalancerClass } : {}) },
  }
  controller.put(service)
  await controller.pass(keyOf(service))
  const wasHeld = Object.keys(controller.allocations()).length > 0
  controller.delete(keyOf(service))
  await controller.pass(keyOf(service))
  return wasHeld && Object.keys(controller.allocations()).length === 0
}

export const serviceClass: Suite = {
  rules: {},
  run: ({ lbClassFlag }, steps) => runSteps(operations, lbClassFlag as string, steps),
}
