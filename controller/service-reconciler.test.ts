import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Allocator } from '../allocation/allocator.ts'
import { pools } from '../allocation/testing/requests.ts'
import { type ConfigError, configError } from '../config/faults.ts'
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
  let errors: ConfigError[]
  let delays: (number | undefined)[]

  beforeEach(() => {
    services = new ObjectStore<V1Service>()
    errors = []
    delays = []
    const allocator = new Allocator()
    allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
    reconciler = new ServiceReconciler({
      ...{ services, allocator, loadBalancerClass: '', ownWrites: new OwnWrites(services, () => {}) },
      writer: { tell: async () => isWritten, emit: () => {}, forget: () => {} },
      ...{ verdict: () => ({ loaded: true, errors, warnings: [] }), probe: () => undefined, onPass: () => {} },
      enqueue: (_, delay) => delays.push(delay?.afterMillis),
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

  it('tells those who wait at once that there is a fault or none any more, and of the next fault with a delay', () => {
    const fault = (value: string) =>
      configError('IPAddressPool', 'green', { code: 'range-descending', field: 'spec.addresses[0]', value })
    const found = (...values: string[]) => {
      errors = values.map(fault)
      reconciler.verdictChanged()
      return delays.at(-1)
    }
    expect([found('a'), found('b'), found('b', 'c'), found(), found('d')]).to.deep.equal([0, 5_000, 5_000, 0, 0])
  })
})
