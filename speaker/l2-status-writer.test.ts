import { expect } from 'chai'
import type { ServiceL2Status } from '../crds/generated/types.ts'
import type { CallLimits, KubeClient } from '../kube/client.ts'
import { ApiError } from '../kube/error.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../kube/testing/virtual-clock.ts'
import { L2StatusWriter } from './l2-status-writer.ts'
import type { Interfaces } from './layer2/book.ts'
import { serviceOfL2Status } from './watches.ts'

const namespace = 'metallb-system'

/** An API server for this one kind; the store hears of a write only when `deliver` is called. */
class FakeServer implements Pick<KubeClient, 'create' | 'patch' | 'delete'> {
  readonly objects = new Map<string, ServiceL2Status>()
  readonly store = new ObjectStore<ServiceL2Status>({ indexes: { service: (object) => [serviceOfL2Status(object)] } })
  fails: string | undefined
  writes = 0
  hangs = false
  #serial = 0

  readonly create = (async (_: unknown, object: ServiceL2Status, limits: CallLimits) => {
    await this.#unlessHanging(limits)
    return this.#write('create', `l2-${++this.#serial}`, object)
  }) as unknown as KubeClient['create']

  readonly patch = (async (_: unknown, { name }: { name: string }, options: { body: ServiceL2Status } & CallLimits) => {
    const { body, ...limits } = options
    await this.#unlessHanging(limits)
    if (!this.objects.has(name)) throw new ApiError('gone', { status: 404, reason: 'NotFound', code: 'refused' })
    const status = Object.fromEntries(Object.entries(body.status ?? {}).filter(([, value]) => value !== null))
    return this.#write('patch', name, { ...this.objects.get(name), status })
  }) as unknown as KubeClient['patch']

  readonly delete = async (_: unknown, { name }: { name: string }, limits?: CallLimits): Promise<void> => {
    await this.#unlessHanging(limits)
    this.writes++
    this.objects.delete(name)
  }

  deliver(): void {
    for (const object of this.objects.values()) this.store.apply(object)
    for (const key of this.store.keys()) if (!this.objects.has(key.split('/')[1]!)) this.store.remove(key)
  }

  async #unlessHanging({ signal }: CallLimits = {}): Promise<void> {
    if (!this.hangs) return
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }

  #write(verb: string, name: string, object: ServiceL2Status): ServiceL2Status {
    this.writes++
    if (this.fails === verb) throw new Error(`${verb} failed`)
    const metadata = { ...object.metadata, namespace, name, uid: name, resourceVersion: `${++this.#serial}` }
    const written = { ...object, metadata }
    this.objects.set(name, written)
    return written
  }
}

describe('L2StatusWriter', () => {
  let server: FakeServer
  let clock: VirtualClock
  let announced: Map<string, Interfaces>
  let writer: L2StatusWriter

  beforeEach(() => {
    server = new FakeServer()
    clock = new VirtualClock()
    announced = new Map([['web/a', 'all']])
    writer = writerOf('n1')
  })
  afterEach(() => writer.stop())

  const writerOf = (node: string) =>
    new L2StatusWriter({
      client: server as unknown as KubeClient,
      namespace,
      node,
      pod: () => undefined,
      present: server.store,
      interfacesOf: (service) => announced.get(service),
      log: silentLog,
      clock,
    })

  const statuses = () => [...server.objects.values()].map(({ status }) => status)
  const status = { node: 'n1', serviceName: 'a', serviceNamespace: 'web' }

  async function write(service: string): Promise<void> {
    writer.enqueue(service)
    await settle()
  }

  it('makes an object with its status', async () => {
    await write('web/a')
    expect(statuses()).to.deep.equal([status])
  })

  it('does not make a second one while the watch is late', async () => {
    await write('web/a')
    await write('web/a')
    expect(statuses()).to.deep.equal([status])
    server.deliver()
    await settle()
    expect(statuses()).to.deep.equal([status])
  })

  for (const [verb, prepare] of [
    ['making', () => {}],
    ['patching', () => announced.set('web/a', ['eth1'])],
    ['deleting', () => announced.clear()],
  ] as const) {
    it(`stops at once while ${verb} an object is not answered`, async () => {
      if (verb !== 'making') await write('web/a')
      prepare()
      server.hangs = true
      await write('web/a')
      await writer.stop()
    })
  }

  it('writes the status when that failed at first', async () => {
    server.fails = 'patch'
    await write('web/a')
    expect(statuses()).to.deep.equal([undefined])
    server.fails = undefined
    await clock.advance(10_000)
    expect(statuses()).to.deep.equal([status])
  })

  it('makes another object when the one that it made was removed before the watch could show it', async () => {
    server.fails = 'patch'
    await write('web/a')
    server.objects.clear()
    server.fails = undefined
    await clock.advance(10_000)
    expect(statuses()).to.deep.equal([status])
  })

  it('writes other interfaces into the same object, and takes them away again', async () => {
    await write('web/a')
    server.deliver()
    announced.set('web/a', ['eth1'])
    await write('web/a')
    expect(statuses()).to.deep.equal([{ ...status, interfaces: [{ name: 'eth1' }] }])
    server.deliver()
    announced.set('web/a', 'all')
    await write('web/a')
    expect(statuses()).to.deep.equal([status])
  })

  it('removes the object when the Service is withdrawn, also before the watch has shown it', async () => {
    await write('web/a')
    announced.clear()
    await write('web/a')
    expect(statuses()).to.deep.equal([])
  })

  it('makes up for an object that somebody removed', async () => {
    await write('web/a')
    server.deliver()
    server.objects.clear()
    server.deliver()
    await settle()
    expect(statuses()).to.deep.equal([status])
  })

  it('removes at once what a node has left that died', async () => {
    const other = writerOf('n2')
    other.enqueue('web/a')
    await settle()
    await other.stop()
    server.deliver()
    await write('web/a')
    expect(statuses()).to.deep.equal([status])
  })

  it('does not fight with an owner in another part of the network, each of which removes what the other makes', async () => {
    const other = writerOf('n2')
    for (let round = 0; round < 200; round++) {
      await write('web/a')
      server.deliver()
      await settle()
      await clock.advance(1_000)
    }
    expect(server.writes).to.be.below(12)
    await other.stop()
    await clock.advance(300_000)
    server.deliver()
    await settle()
    expect(statuses()).to.deep.equal([status])
  })

  it('removes what a former process of the node has left', async () => {
    await write('web/a')
    server.deliver()
    announced.clear()
    writer.enqueueOwn()
    await settle()
    expect(statuses()).to.deep.equal([])
  })
})
