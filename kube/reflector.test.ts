import { expect } from 'chai'
import fc from 'fast-check'
import { createClient, type KubeClient } from './client.ts'
import { services } from './core.ts'
import { ApiError } from './error.ts'
import type { Log } from './log.ts'
import type { KubeObject } from './object.ts'
import { type Reflector, reflect } from './reflector.ts'
import { type Faults, FaultyServer, type FaultyServerOptions, noFaults } from './testing/faulty-server.ts'
import { silentLog } from './testing/silent-log.ts'
import { settle, VirtualClock } from './testing/virtual-clock.ts'
import { createTransport, type Transport } from './transport.ts'

const anonymous = { authorization: () => undefined, forget() {} }

function service(name: string, value = ''): KubeObject {
  const managedFields = [{ manager: 'test', operation: 'Update' }]
  return { metadata: { namespace: 'web', name, uid: `uid-${name}`, labels: { value }, managedFields } }
}

class Fixture {
  readonly clock: VirtualClock
  readonly server: FaultyServer
  readonly client: KubeClient
  readonly reflector: Reflector<KubeObject>

  constructor(server: FaultyServer, clock: VirtualClock) {
    this.server = server
    this.clock = clock
    this.client = createClient(createTransport({ url: server.url, tls: {}, credentials: anonymous }))
    const options = { log: silentLog, clock: this.clock, random: () => 0.5, indexes: { value: labelValue } }
    this.reflector = reflect<KubeObject>(this.client, services, options)
  }

  /** Whether the store holds exactly what the server holds. */
  get isTrue(): boolean {
    const { store } = this.reflector
    const truth = [...this.server.objects].map(([key, object]) => `${key}@${object.metadata?.resourceVersion}`)
    const copy = [...store.keys()].map((key) => `${key}@${store.get(key)?.metadata?.resourceVersion}`)
    return this.reflector.hasSynced && truth.sort().join() === copy.sort().join()
  }

  /** Lets real I/O happen and virtual time pass until the condition holds; 200 s of virtual time at most. */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let turns = 0; !condition(); turns++) {
      if (turns > 8_000)
        expect.fail(`not reached: ${what}; last requests: ${this.server.requests.slice(-5).join(', ')}`)
      await (turns % 4 === 3 ? this.clock.advance(100) : settle())
    }
  }

  async close(): Promise<void> {
    await this.reflector.stop().catch(() => {})
    await this.client.close()
    await this.server.close()
  }
}

function labelValue(object: KubeObject): string[] {
  return [object.metadata?.labels?.['value'] ?? '']
}

function watches(server: FaultyServer): string[] {
  return server.requests.filter((line) => line.includes('watch=1'))
}

function clientOf(transport: Partial<Transport>): KubeClient {
  return createClient({ send: () => Promise.reject(new Error('unexpected')), close() {}, ...transport } as Transport)
}

function changeLine(name: string, version: number): string {
  const object = { metadata: { namespace: 'web', name, resourceVersion: String(version) } }
  return JSON.stringify({ type: 'ADDED', object })
}

/** One that ends the initial events, if they are still coming. */
function bookmarkLine(version: number): string {
  const metadata = { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } }
  return JSON.stringify({ type: 'BOOKMARK', object: { metadata } })
}

describe('reflector against a server', () => {
  const open: Fixture[] = []

  async function fixture(options: FaultyServerOptions = {}): Promise<Fixture> {
    const clock = new VirtualClock()
    const made = new Fixture(await FaultyServer.start({ ...options, clock }), clock)
    open.push(made)
    return made
  }

  async function syncedFixture(options: FaultyServerOptions = {}): Promise<Fixture> {
    const made = await fixture(options)
    for (const name of ['a', 'b', 'c']) made.server.put(service(name))
    made.reflector.start()
    await made.until(() => made.isTrue, 'first sync')
    await made.until(() => made.server.openWatches === 1, 'watch open')
    return made
  }

  afterEach(async () => {
    for (const made of open.splice(0)) await made.close()
  })

  it('learns all objects from one watch that sends the initial events', async () => {
    const { server } = await syncedFixture()
    expect(server.requests).to.have.length(1)
    expect(server.requests[0]).to.include('sendInitialEvents=true').and.include('allowWatchBookmarks=true')
  })

  for (const initialEvents of ['refused', 'error-event'] as const) {
    it(`lists instead when initial events are ${initialEvents}, and does not ask for them again`, async () => {
      const { server, until } = await syncedFixture({ initialEvents })
      expect(server.requests.filter((line) => !line.includes('watch=1'))).to.have.length(1)
      expect(watches(server).filter((line) => line.includes('sendInitialEvents'))).to.have.length(1)
      expect(until).to.be.a('function')
    })
  }

  it('lists instead when the server ignores sendInitialEvents and never says that these were all', async () => {
    const { server, clock } = await syncedFixture({ initialEvents: 'ignored' })
    expect(server.requests).to.have.length(3)
    // Two bookmarks at most: the silence of a server without them would take longer.
    expect(clock.now()).to.be.at.most(130_000)
  })

  it('follows a change, a new object and a deletion', async () => {
    const made = await syncedFixture()
    made.server.put(service('a', 'changed'))
    made.server.put(service('d'))
    made.server.remove('web/b')
    await made.until(() => made.isTrue, 'changes arrive')
    expect([...made.reflector.store.byIndex('value', 'changed')].map((object) => object.metadata?.name)).to.eql(['a'])
    expect(made.server.requests).to.have.length(1)
  })

  it('drops managedFields of listed and of watched objects', async () => {
    for (const initialEvents of ['sent', 'refused'] as const) {
      const made = await syncedFixture({ initialEvents })
      made.server.put(service('d'))
      await made.until(() => made.isTrue, 'change arrives')
      for (const object of made.reflector.store.values()) expect(object.metadata).not.to.have.property('managedFields')
    }
  })

  it('resumes a broken watch from the last bookmark', async () => {
    const made = await syncedFixture()
    made.server.put(service('a', 'before'))
    made.server.bookmark()
    await made.until(() => made.isTrue, 'change arrives')
    made.server.faults.cut = 1
    made.server.put(service('a', 'lost'))
    await made.until(() => made.server.openWatches === 0, 'watch broken')
    made.server.faults = { ...noFaults }
    await made.until(() => made.isTrue, 'lost change arrives')
    expect(made.server.requests).to.have.length(2)
    expect(made.server.requests[1]).to.match(/resourceVersion=104(&|$)/)
  })

  it('resumes a watch that fell silent, after the longest time between two bookmarks', async () => {
    const made = await syncedFixture()
    made.server.faults.mute = 1
    made.server.put(service('a', 'heard'))
    made.server.put(service('a', 'not heard'))
    made.server.faults.mute = 0
    for (let seconds = 0; seconds < 140; seconds++) await made.clock.advance(1_000)
    expect(made.server.requests).to.have.length(1)
    await made.until(() => made.isTrue, 'watch resumed')
    expect(made.server.requests).to.have.length(2)
  })

  it('keeps a watch on which nothing but bookmarks comes', async () => {
    const made = await syncedFixture()
    for (let seconds = 0; seconds < 400; seconds++) {
      await made.clock.advance(1_000)
      await settle()
    }
    expect(made.server.requests).to.have.length(1)
  })

  it('reads everything again when the server answers the resumed watch with nonsense', async () => {
    const made = await syncedFixture()
    made.server.faults.garbage = 1
    made.server.put(service('a', 'garbled'))
    await made.until(
      () => made.server.requests.some((line, index) => index > 0 && line.includes('sendInitial')),
      'second sync',
    )
    made.server.faults = { ...noFaults }
    await made.until(() => made.isTrue, 'truth again')
  })

  it('reads everything again when the server has forgotten its version', async () => {
    const made = await syncedFixture()
    made.server.faults.end = 1
    made.server.put(service('a'))
    made.server.faults.end = 0
    await made.until(() => made.server.openWatches === 0, 'watch ended')
    made.server.remove('web/b')
    made.server.put(service('d'))
    made.server.compact()
    await made.until(() => made.isTrue, 'everything read again')
    expect(made.reflector.store.get('web/b')).to.equal(undefined)
  })

  it('reads everything again after changes out of order', async () => {
    const made = await syncedFixture()
    made.server.faults.reorder = 1
    made.server.put(service('a', 'one'))
    made.server.faults.reorder = 0
    made.server.remove('web/a')
    await made.until(() => made.server.requests.length === 2, 'second sync')
    await made.until(() => made.isTrue, 'truth again')
    await made.clock.advance(2_000)
    expect(made.server.requests).to.have.length(2)
    expect(made.server.requests[1]).to.include('sendInitialEvents')
  })

  it('tells its listeners nothing when it has read the same objects again', async () => {
    const made = await syncedFixture()
    const changes: string[] = []
    made.reflector.store.subscribe(({ key }) => changes.push(key))
    made.server.faults.goneEvent = 1
    made.server.put(service('a'))
    made.server.faults = { ...noFaults }
    await made.until(() => made.isTrue, 'second sync')
    expect(changes).to.eql(['web/a'])
  })

  it('does not listen to what a watch says after it was given up', async () => {
    const clock = new VirtualClock()
    const said = [changeLine('kept', 5), bookmarkLine(9), changeLine('old', 7), changeLine('stale', 10)]
    const again = [changeLine('kept', 5), bookmarkLine(12)]
    const watches = [said, again]
    let begun = 0
    const client = clientOf({
      async sendForLines(_, { signal, onLine }) {
        begun += 1
        await settle()
        for (const line of watches.shift() ?? []) onLine(line)
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw new Error('aborted')
      },
    })
    const reflector = reflect<KubeObject>(client, services, { log: silentLog, clock })
    reflector.start()
    await clock.advance(5_000)
    await reflector.stop()
    expect(begun).to.equal(2)
    expect([...reflector.store.keys()]).to.eql(['web/kept'])
  })

  for (const [status, remedy] of [
    [403, 'check the roles of its service account'],
    [404, 'check that its CustomResourceDefinition is installed'],
  ] as const) {
    it(`says what to do about the answer ${status}`, async () => {
      const said: string[] = []
      const log: Log = { ...silentLog, warn: (_, message) => void said.push(message) }
      const answer = new ApiError('no', { status, reason: '', code: 'refused' })
      const client = clientOf({ sendForLines: () => Promise.reject(answer) })
      const reflector = reflect<KubeObject>(client, services, {
        log: { ...log, child: () => log },
        clock: new VirtualClock(),
      })
      reflector.start()
      await settle()
      await reflector.stop()
      expect(said.join()).to.include(remedy)
    })
  }

  it('closes its watch when stopped, also one that is only beginning', async () => {
    const made = await fixture()
    made.reflector.start()
    const synced = made.reflector.synced().catch((error: Error) => error.message)
    await made.reflector.stop()
    expect(await synced).to.include('stopped')
    await made.until(() => made.server.openWatches === 0, 'watch closed')
    expect(made.clock.pending).to.equal(0)
  })

  it('stays away for as long as the server asked', async () => {
    const made = await fixture()
    made.server.faults.status429 = 1
    made.reflector.start()
    await made.until(() => made.server.requests.length === 1, 'first attempt')
    for (let turn = 0; turn < 20; turn++) await settle()
    await made.clock.advance(1_000)
    expect(made.server.requests).to.have.length(1)
    await made.until(() => made.server.requests.length === 2, 'second attempt')
  })

  it('asks less and less often while the server is down', async () => {
    const made = await syncedFixture()
    made.server.faults.drop = 1
    made.server.faults.end = 1
    made.server.put(service('a'))
    const before = made.server.requests.length
    for (let seconds = 0; seconds < 300; seconds++) {
      await made.clock.advance(1_000)
      await settle()
    }
    // 0.5, 1, 2, 4, 8, 16 s, then every 22 s: 18 with the jitter held at its middle.
    expect(made.server.requests.length - before).to.be.within(8, 20)
  })

  const mutation = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    remove: fc.boolean(),
    rest: fc.nat({ max: 3 }),
  })
  const chance = fc.constantFrom(0, 0, 0.1, 0.3)
  // How long the transport waits for an answer is not the virtual clock's to say: nothing hangs.
  const faults = fc.record({
    ...Object.fromEntries(Object.keys(noFaults).map((name) => [name, chance])),
    hang: fc.constant(0),
  }) as fc.Arbitrary<Faults>
  const initialEvents = fc.constantFrom('sent', 'refused', 'error-event', 'ignored' as const)

  it('always comes to the truth once the faults are over, without a storm of requests', async function () {
    this.timeout(60_000)
    const property = fc.asyncProperty(
      fc.array(mutation, { minLength: 5, maxLength: 30 }),
      faults,
      initialEvents,
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (mutations, chosen, initial, stream) => {
        const clock = new VirtualClock()
        const random = () => stream.next().value ?? 0.5
        const made = new Fixture(await FaultyServer.start({ initialEvents: initial, random, clock }), clock)
        try {
          made.server.faults = chosen
          made.reflector.start()
          for (const { name, remove, rest } of mutations) {
            if (remove) made.server.remove(`web/${name}`)
            else made.server.put(service(name))
            if (rest === 3) made.server.compact()
            for (let turn = 0; turn < rest; turn++) await made.clock.advance(400)
          }
          made.server.faults = { ...noFaults }
          const before = made.server.requests.length
          made.server.put(service('last'))
          await made.until(() => made.isTrue, 'truth')
          await made.clock.advance(100_000)
          expect(made.isTrue).to.equal(true)
          // At most: one watch, refused as forgotten; initial events, refused; a list; a watch.
          expect(made.server.requests.length - before).to.be.at.most(4)
        } finally {
          await made.close()
        }
      },
    )
    await fc.assert(property, { numRuns: 200, interruptAfterTimeLimit: 20_000 })
  })
})
