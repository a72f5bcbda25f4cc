import type { V1ConfigMap, V1CustomResourceDefinition } from '@kubernetes/client-node'
import { expect } from 'chai'
import { FastLab } from '../hack/lab/fast.ts'
import { createClient, type KubeClient } from '../kube/client.ts'
import { Action } from '../kube/controller.ts'
import { configMaps, customResourceDefinitions, events, leases, namespaces, services } from '../kube/core.ts'
import { ApiError, isAlreadyExists, isConflict, isGone, isNotFound } from '../kube/error.ts'
import { createEventRecorder } from '../kube/events.ts'
import { reconcileWithFinalizer } from '../kube/finalizer.ts'
import { fromKubeconfig } from '../kube/kubeconfig.ts'
import { type Election, electLeader } from '../kube/lease.ts'
import { type KubeObject, keyOf } from '../kube/object.ts'
import { type ReflectOptions, type Reflector, reflect } from '../kube/reflector.ts'
import { watchRequest } from '../kube/request.ts'
import { defineResource, type Resource } from '../kube/resource.ts'
import { silentLog as log } from '../kube/testing/silent-log.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import { hasCondition, isDeleted, waitFor } from '../kube/wait.ts'

const namespace = 'kube-test'

function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>): V1ConfigMap {
  return { metadata: { namespace, name, ...(labels ? { labels } : {}) }, data }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )
}

/** Resolves when the store holds what the condition wants. */
function storeHas<T>({ store }: Reflector<T>, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => condition() && resolve()
    store.subscribe(look)
    look()
  })
}

describe('the client runtime against a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab
  let transport: Transport
  let client: KubeClient
  const reflectors: Reflector<KubeObject>[] = []

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    transport = createTransport(await fromKubeconfig(lab.kubeconfig))
    client = createClient(transport)
    await client.create(namespaces, { metadata: { name: namespace } })
  })
  after(async () => {
    await client?.close()
    await lab?.stop()
  })
  afterEach(async () => {
    for (const reflector of reflectors.splice(0)) await reflector.stop()
  })

  async function synced<T extends KubeObject>(
    resource: Resource<T>,
    options: Partial<ReflectOptions<T>> = {},
    through = client,
  ): Promise<Reflector<T>> {
    const reflector = reflect(through, resource, { namespace, log, ...options })
    reflectors.push(reflector)
    reflector.start()
    await reflector.synced()
    return reflector
  }

  /** The same server, but it refuses sendInitialEvents, and this is what it was asked. */
  function oldServer(): { client: KubeClient; asked: string[] } {
    const asked: string[] = []
    const refused = new ApiError('forbidden', { status: 422, reason: 'Invalid', code: 'refused' })
    const through: Transport = {
      ...transport,
      async send(request, options) {
        asked.push(request.path)
        return transport.send(request, options)
      },
      async sendForLines(request, options) {
        asked.push(request.path)
        if (request.path.includes('sendInitialEvents')) throw refused
        return transport.sendForLines(request, options)
      },
    }
    return { client: createClient(through), asked }
  }

  it('creates, reads, updates, patches and deletes an object', async () => {
    const made = await client.create(configMaps, configMap('crud', { a: '1' }))
    expect(await client.get(configMaps, { namespace, name: 'crud' })).to.deep.include({ data: { a: '1' } })
    const updated = await client.update(configMaps, { ...made, data: { a: '2' } })
    expect(isConflict(await failureOf(client.update(configMaps, { ...made, data: { a: '3' } })))).to.equal(true)
    const body = [
      { op: 'test', path: '/data/a', value: '2' },
      { op: 'add', path: '/data/b', value: 'x' },
    ]
    const patched = await client.patch(configMaps, { namespace, name: 'crud' }, { type: 'json', body })
    expect(patched.data).to.eql({ a: '2', b: 'x' })
    expect(isAlreadyExists(await failureOf(client.create(configMaps, configMap('crud'))))).to.equal(true)
    const ref = { namespace, name: 'crud' }
    expect(isConflict(await failureOf(client.delete(configMaps, ref, { uid: 'another' })))).to.equal(true)
    await client.delete(configMaps, ref, { uid: updated.metadata?.uid ?? '' })
    await client.delete(configMaps, ref)
    expect(isNotFound(await failureOf(client.get(configMaps, ref)))).to.equal(true)
  })

  it('applies on the server, keeps to its own fields, and takes others only by force', async () => {
    await client.apply(configMaps, configMap('ssa', { mine: '1', shared: '1' }), { fieldManager: 'one' })
    const foreign = client.apply(configMaps, configMap('ssa', { shared: '2' }), { fieldManager: 'two' })
    expect(isConflict(await failureOf(foreign))).to.equal(true)
    const forced = await client.apply(configMaps, configMap('ssa', { shared: '2' }), {
      fieldManager: 'two',
      force: true,
    })
    expect(forced.data).to.eql({ mine: '1', shared: '2' })
    const withdrawn = await client.apply(configMaps, configMap('ssa'), { fieldManager: 'one' })
    expect(withdrawn.data).to.eql({ shared: '2' })
  })

  it('patches the status of a Service together with its annotations', async () => {
    const ref = { namespace, name: 'lb' }
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] }
    await client.create(services, { metadata: ref, spec })
    const body = { metadata: { annotations: { a: 'b' } }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }
    const patched = await client.patch(services, ref, { type: 'strategic', body, subresource: 'status' })
    expect(patched.status?.loadBalancer?.ingress?.[0]?.ip).to.equal('192.0.2.1')
    expect(patched.metadata?.annotations).to.eql({ a: 'b' })
  })

  for (const [how, through] of [
    ['initial events', () => client],
    ['a paged list', () => oldServer().client],
  ] as const) {
    it(`learns everything by ${how}, and follows what happens then`, async () => {
      const labels = { how: how.split(' ').join('-') }
      const names = Array.from({ length: 600 }, (_, index) => `${labels.how}-${index}`)
      await Promise.all(names.map((name) => client.create(configMaps, configMap(name, {}, labels))))
      const options = { labelSelector: `how=${labels.how}` }
      const reflector = await synced(configMaps, options, through())
      expect(reflector.store.size).to.equal(600)
      const [changed, removed, relabelled] = names as [string, string, string]
      await client.update(configMaps, configMap(changed, { a: '1' }, labels))
      await client.delete(configMaps, { namespace, name: removed })
      await client.update(configMaps, configMap(relabelled, {}, { how: 'not-at-all' }))
      const get = (name: string) => reflector.store.get(`${namespace}/${name}`)
      await storeHas(reflector, () => get(changed)?.data?.['a'] === '1' && !get(removed) && !get(relabelled))
      const { items } = await client.list(configMaps, { namespace, ...options, pageSize: 97 })
      expect([...reflector.store.keys()].sort()).to.eql(items.map(keyOf).sort())
    })
  }

  it('has one leader of two, and a new one without a wait when that one stops', async () => {
    const story: string[] = []
    let changed = () => {}
    const tell = (line: string) => {
      story.push(line)
      changed()
    }
    const until = (line: string) =>
      new Promise<void>((resolve) => {
        changed = () => story.includes(line) && resolve()
        changed()
      })
    const elect = (identity: string): Election =>
      electLeader({
        ...{ client, namespace, name: 'election', identity, log, retryPeriodMillis: 100 },
        onStartedLeading: () => tell(`${identity} leads`),
        onStoppedLeading: () => tell(`${identity} stops`),
      })
    const first = elect('first')
    await until('first leads')
    const second = elect('second')
    await first.stop()
    await until('second leads')
    await second.stop()
    expect(story).to.eql(['first leads', 'first stops', 'second leads', 'second stops'])
    const lease = await client.get(leases, { namespace, name: 'election' })
    expect(lease.spec).to.include({ holderIdentity: '', leaseTransitions: 1 })
  })

  it('records an event once and counts its repetitions', async () => {
    const object = await client.create(configMaps, configMap('eventful'))
    let dropped = 0
    const onDropped = (count: number) => {
      dropped += count
    }
    const recorder = createEventRecorder({ client, component: 'e2e', onDropped, log })
    for (let count = 0; count < 3; count++) {
      recorder.emit(
        { ...object, apiVersion: 'v1', kind: 'ConfigMap' },
        { type: 'Warning', reason: 'Tested', message: 'often' },
      )
      await recorder.flush()
    }
    const { items } = await client.list(events, { namespace, fieldSelector: 'involvedObject.name=eventful' })
    expect(items.map(({ reason, count, source }) => ({ reason, count, source }))).to.eql([
      { reason: 'Tested', count: 3, source: { component: 'e2e' } },
    ])
    expect(dropped).to.equal(0)
  })

  it('keeps an object until its finalizer has cleaned up', async () => {
    const ref = { namespace, name: 'finalized' }
    const object = await client.create(configMaps, configMap(ref.name))
    const done: string[] = []
    const pass = async () =>
      reconcileWithFinalizer(client, configMaps, await client.get(configMaps, ref), {
        finalizer: 'example.com/e2e',
        apply() {
          done.push('apply')
          return Action.awaitChange
        },
        cleanup: () => void done.push('cleanup'),
      })
    await pass()
    await pass()
    await client.delete(configMaps, ref)
    await pass()
    expect(done).to.eql(['apply', 'cleanup'])
    const gone = await waitFor(client, configMaps, ref, isDeleted(object.metadata?.uid ?? ''), {
      timeoutMillis: 5_000,
      log,
    })
    expect(gone).to.equal(undefined)
  })

  it('waits for a new kind to be served, and watches it', async () => {
    const name = 'things.example.com'
    await client.create(customResourceDefinitions, thingDefinition(name))
    await waitFor(client, customResourceDefinitions, { name }, hasCondition('Established'), {
      timeoutMillis: 20_000,
      log,
    })
    const things = defineResource<KubeObject>({
      ...{ group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true },
    })
    const reflector = await synced(things)
    await client.create(things, { metadata: { namespace, name: 'one' } })
    await storeHas(reflector, () => reflector.store.size === 1)
    expect(reflector.store.get(`${namespace}/one`)?.metadata).not.to.have.property('managedFields')
    // The server's cache of a new kind begins after version 1.
    const request = watchRequest(things, { namespace }, { resourceVersion: '1', timeoutSeconds: 5 })
    const { signal } = new AbortController()
    const lines: string[] = []
    const refused = transport.sendForLines(request, { signal, onLine: (line) => lines.push(line) })
    expect(isGone(await refused.catch((error: unknown) => error)) || lines.join().includes('"code":410')).to.equal(true)
  })
})

function thingDefinition(name: string): V1CustomResourceDefinition {
  const schema = { openAPIV3Schema: { type: 'object' } }
  return {
    metadata: { name },
    spec: {
      group: 'example.com',
      names: { plural: 'things', kind: 'Thing' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}
