import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Allocator } from '../allocation/allocator.ts'
import { pools } from '../allocation/testing/requests.ts'
import { Action } from '../kube/controller.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { OwnWrites } from './own-writes.ts'
import { ServiceReconciler } from './service-reconciler.ts'

describe('ServiceReconciler', () => {
  const context = { log: silentLog, signal: new AbortController().signal }
  let services: ObjectStore<V1Service>
  let isWritten: boolean
  let reconciler: ServiceReconciler

  beforeEach(() => {
    services = new ObjectStore<V1Service>()
    const allocator = new Allocator()
    allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
    reconciler = new ServiceReconciler({
      ...{ services, allocator, loadBalancerClass: '', ownWrites: new OwnWrites(services, () => {}) },
      writer: { tell: async () => isWritten, emit: () => {}, forget: () => {} },
      ...{ verdict: () => undefined, enqueue: () => {}, probe: () => undefined, onPass: () => {} },
    })
    reconciler.activate()
    services.apply({
      metadata: { namespace: 'default', name: 'web', resourceVersion: '1' },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] },
    })
  })

  it('waits for a change when the Service has been told', async () => {
    isWritten = true
    expect(await reconciler.reconcile('default/web', context)).to.equal(Action.awaitChange)
  })

  it('looks again by itself after a conflict, which may have been none', async () => {
    isWritten = false
    expect(await reconciler.reconcile('default/web', context)).to.deep.equal(Action.requeueAfter(10_000))
  })
})
