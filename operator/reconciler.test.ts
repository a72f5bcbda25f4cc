import { expect } from 'chai'
import type { MetalLB } from '../crds/generated/types.ts'
import type { CallLimits, KubeClient } from '../kube/client.ts'
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

  it('hands its signal on to every request', async () => {
    const { pass, signals, lose } = setUp()
    await pass()
    lose()
    expect(signals.map((signal) => signal?.aborted)).to.deep.equal([true, true])
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
  const signals: (AbortSignal | undefined)[] = []
  const leading = new AbortController()
  const client = {
    get: async (_resource: unknown, _ref: unknown, limits?: CallLimits) => {
      requests.push('get')
      signals.push(limits?.signal)
      return metallb
    },
    apply: async (_resource: unknown, _object: unknown, limits: CallLimits) => {
      requests.push('apply')
      signals.push(limits.signal)
    },
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
    signals,
    lose: () => leading.abort(),
    pass: () => reconciler.reconcile('lb/other', { log: silentLog, signal: leading.signal }),
  }
}
