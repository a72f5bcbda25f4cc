import { expect } from 'chai'
import type { Manifest } from '../cdk8s/manifest.ts'
import type { CallLimits, KubeClient } from '../kube/client.ts'
import { configMaps, daemonSets, deployments } from '../kube/core.ts'
import { type KubeObject, keyOf, type ObjectRef } from '../kube/object.ts'
import type { Resource } from '../kube/resource.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { ApplyError, Operands } from './operands.ts'

const labels = { 'app.kubernetes.io/managed-by': 'metallb-operator' }
const owner = { apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', name: 'metallb', uid: 'u-1', controller: true }
const desired = (data: Record<string, string>, name = 'list'): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'lb', labels, ownerReferences: [owner] },
  data,
})

describe('operands', () => {
  it('are applied once, and not again while nothing differs', async () => {
    const { settle, requests, arrive } = setUp()
    await settle(desired({ a: '1' }))
    arrive()
    await settle(desired({ a: '1' }))
    expect(requests).to.deep.equal(['apply lb/list'])
  })

  it('hand the end of the leadership on to every request', async () => {
    const { settle, signals, arrive, lose } = setUp()
    await settle(desired({}, 'old'))
    arrive()
    await settle(desired({}))
    lose()
    expect(signals.map((signal) => signal?.aborted)).to.deep.equal([true, true, true])
  })

  it('are applied again when the wish changes, before the local copy shows the last one', async () => {
    const { settle, requests, newest } = setUp()
    await settle(desired({ a: '1' }))
    await settle(desired({ a: '2' }))
    expect(requests).to.have.lengthOf(2)
    expect(newest()).to.deep.include({ data: { a: '2' } })
  })

  it('are applied again when somebody changed them', async () => {
    const { settle, requests, arrive, change } = setUp()
    await settle(desired({ a: '1' }))
    arrive()
    change({ a: 'x' })
    await settle(desired({ a: '1' }))
    expect(requests).to.deep.equal(['apply lb/list', 'apply lb/list'])
  })

  it('are left alone when the API server writes a value in another form', async () => {
    const { settle, requests, arrive, writesAs, change } = setUp()
    writesAs((object) => ({ ...object, data: { cpu: '1' } }))
    await settle(desired({ cpu: '1000m' }))
    arrive()
    await settle(desired({ cpu: '1000m' }))
    expect(requests).to.deep.equal(['apply lb/list'])
    writesAs((object) => object)
    change({ cpu: '2' })
    await settle(desired({ cpu: '1000m' }))
    expect(requests).to.deep.equal(['apply lb/list', 'apply lb/list'])
  })

  it('take back a field that another field manager has made its own', async () => {
    const { settle, requests, contest } = setUp()
    contest()
    await settle(desired({ a: '1' }))
    expect(requests).to.deep.equal(['apply lb/list'])
  })

  it('are not touched any more once the operator has lost its lease', async () => {
    const { settle, requests, arrive, lose, onApply } = setUp()
    await settle(desired({}, 'old'))
    arrive()
    onApply(lose)
    const error = await settle(desired({}, 'first'), desired({}, 'second')).catch((thrown: Error) => thrown.name)
    expect(error).to.equal('AbortError')
    expect(requests).to.deep.equal(['apply lb/old', 'apply lb/first'])
  })

  it('are not deleted either once the operator has lost its lease', async () => {
    const { settle, requests, arrive, lose, onApply } = setUp()
    await settle(desired({}, 'old'))
    arrive()
    onApply(lose)
    const error = await settle(desired({}, 'only')).catch((thrown: Error) => thrown.name)
    expect(error).to.equal('AbortError')
    expect(requests).to.deep.equal(['apply lb/old', 'apply lb/only'])
  })

  it('are applied again when they are gone', async () => {
    const { settle, requests, arrive, store } = setUp()
    await settle(desired({ a: '1' }))
    arrive()
    store.remove('lb/list')
    await settle(desired({ a: '1' }))
    expect(requests).to.have.lengthOf(2)
  })

  it('are applied after a start even if they look right: a field that is no longer wanted does not show', async () => {
    const { settle, requests, store } = setUp()
    store.apply({
      ...desired({ a: '1', b: '2' }),
      metadata: { ...desired({}).metadata, resourceVersion: '7' },
    } as KubeObject)
    await settle(desired({ a: '1' }))
    expect(requests).to.deep.equal(['apply lb/list'])
  })

  it('are known by the answer of the API server while the local copy is behind', async () => {
    const { settle, newest, arrive, change } = setUp()
    await settle(desired({ a: '1' }))
    arrive()
    await settle(desired({ a: '2' }))
    expect(newest()).to.deep.include({ data: { a: '2' } })
    change({ a: '3' })
    expect(newest()).to.deep.include({ data: { a: '3' } })
  })

  it('are deleted when an earlier wish made them, that very object and no later one of its name', async () => {
    const { settle, requests, arrive } = setUp()
    await settle(desired({}, 'old'))
    arrive()
    await settle(desired({}))
    expect(requests).to.deep.equal(['apply lb/old', 'apply lb/list', 'delete lb/old uid-lb/old'])
  })

  it('name the object that the API server refuses', async () => {
    const { settle, refuse } = setUp()
    refuse(new Error('quota'))
    const error = await settle(desired({})).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ApplyError)
    expect((error as ApplyError).message).to.equal('cannot apply ConfigMap list: quota')
  })
})

/** An API server that keeps the last object of each name; `arrive` shows its state to the local copy. */
function setUp() {
  const requests: string[] = []
  const signals: (AbortSignal | undefined)[] = []
  const server = new Map<string, KubeObject>()
  const store = new ObjectStore<KubeObject>()
  let version = 100
  let refusal: Error | undefined
  let contested = false
  let written = (object: KubeObject) => object
  let applying = () => {}
  const leading = new AbortController()
  const put = (wish: KubeObject) => {
    const object = written(wish)
    version += 1
    const metadata = { ...object.metadata, resourceVersion: `${version}`, uid: `uid-${keyOf(object)}` }
    const stored = { ...object, metadata }
    server.set(keyOf(stored), stored)
    return stored
  }
  const client = {
    async apply(_resource: Resource<KubeObject>, object: KubeObject, options: { force?: boolean } & CallLimits) {
      const { force = false, signal } = options
      signals.push(signal)
      if (refusal !== undefined) throw refusal
      if (contested && !force) throw new Error('conflict with "kubectl-edit": .data.a')
      applying()
      requests.push(`apply ${keyOf(object)}`)
      return put(object)
    },
    async delete(
      _resource: Resource<KubeObject>,
      { namespace, name }: ObjectRef,
      options: { uid: string } & CallLimits,
    ) {
      requests.push(`delete ${namespace}/${name} ${options.uid}`)
      signals.push(options.signal)
    },
  } as unknown as KubeClient // the two verbs that operands use
  const none = <T extends KubeObject>(resource: Resource<T>) => ({ resource, store: new ObjectStore<T>() })
  const list = { resource: configMaps, store }
  const operands = new Operands(client, {
    deployments: none(deployments),
    daemonSets: none(daemonSets),
    configMaps: list,
  })
  return {
    requests,
    signals,
    store,
    settle: (...objects: Manifest[]) => operands.settle(objects, 'u-1', { log: silentLog, signal: leading.signal }),
    newest: () => operands.newest(list, 'lb/list'),
    arrive() {
      for (const object of server.values()) store.apply(object)
    },
    change: (data: Record<string, string>) => store.apply(put(desired(data))),
    refuse: (error: Error) => {
      refusal = error
    },
    contest: () => {
      contested = true
    },
    writesAs: (form: (object: KubeObject) => KubeObject) => {
      written = form
    },
    onApply: (listener: () => void) => {
      applying = listener
    },
    lose: () => leading.abort(),
  }
}
