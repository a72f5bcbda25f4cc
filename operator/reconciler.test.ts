import { expect } from 'chai'
import type { MetalLB } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import { configMaps, daemonSets, deployments } from '../kube/core.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Resource } from '../kube/resource.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { defaultEnvironment } from './environment.ts'
import { Reconciler } from './reconciler.ts'

const metallb: MetalLB = {
  metadata: { namespace: 'lb', name: 'other', uid: 'u-1', generation: 1 },
  spec: {},
}

describe('a pass over a MetalLB resource', () => {
  it('writes the conditions', async () => {
    const { pass, requests } = setUp()
    await pass()
    expect(requests).to.deep.equal(['get', 'apply'])
  })

  it('writes no condition any more once the operator has lost its lease', async () => {
    const { pass, requests, lose } = setUp()
    lose()
    expect(await pass().catch((error: Error) => error.name)).to.equal('AbortError')
    expect(requests).to.deep.equal([])
  })
})

function setUp() {
  const requests: string[] = []
  const leading = new AbortController()
  const client = {
    get: async () => {
      requests.push('get')
      return metallb
    },
    apply: async () => void requests.push('apply'),
  } as unknown as KubeClient // the verbs that a refused resource needs
  const metalLBs = new ObjectStore<MetalLB>()
  metalLBs.apply(metallb)
  const none = <T extends KubeObject>(resource: Resource<T>) => ({ resource, store: new ObjectStore<T>() })
  const reconciler = new Reconciler({
    client,
    metalLBs,
    operands: { deployments: none(deployments), daemonSets: none(daemonSets), configMaps: none(configMaps) },
    pods: new ObjectStore(),
    environment: { ...defaultEnvironment, namespace: 'lb' },
    clock: new VirtualClock(),
  })
  return {
    requests,
    lose: () => leading.abort(),
    pass: () => reconciler.reconcile('lb/other', { log: silentLog, signal: leading.signal }),
  }
}
