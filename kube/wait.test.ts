import { expect } from 'chai'
import { createClient, type KubeClient } from './client.ts'
import { services } from './core.ts'
import { FaultyServer } from './testing/faulty-server.ts'
import { silentLog } from './testing/silent-log.ts'
import { settle } from './testing/virtual-clock.ts'
import { createTransport } from './transport.ts'
import { type Condition, hasCondition, isDeleted, isPresent, WaitTimeoutError, waitFor } from './wait.ts'

const ref = { namespace: 'web', name: 'a' }
const metadata = { ...ref, uid: 'u1' }

describe('wait', () => {
  let server: FaultyServer
  let client: KubeClient

  beforeEach(async () => {
    server = await FaultyServer.start()
    const credentials = { authorization: () => undefined, forget() {} }
    client = createClient(createTransport({ url: server.url, tls: {}, credentials }))
  })
  afterEach(async () => {
    await client.close()
    await server.close()
  })

  const wait = (condition: Condition<object>, timeoutMillis = 5_000) =>
    waitFor(client, services, ref, condition, { timeoutMillis, log: silentLog })

  it('returns at once what is already as wanted', async () => {
    server.put({ metadata })
    expect((await wait(isPresent))?.metadata?.uid).to.equal('u1')
  })

  it('returns when the object comes to be as wanted, and closes its watch', async () => {
    server.put({ metadata })
    const waiting = wait(hasCondition('Ready'))
    while (server.openWatches === 0) await settle()
    server.put({ metadata, status: { conditions: [{ type: 'Ready', status: 'False' }] } } as object)
    server.put({ metadata, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as object)
    expect((await waiting)?.metadata?.resourceVersion).to.equal('103')
    while (server.openWatches > 0) await settle()
  })

  it('sees a deletion, also when another object took the name', async () => {
    server.put({ metadata })
    const waiting = wait(isDeleted('u1'))
    while (server.openWatches === 0) await settle()
    server.remove('web/a')
    expect(await waiting).to.equal(undefined)
    server.put({ metadata: { ...metadata, uid: 'u2' } })
    expect((await wait(isDeleted('u1')))?.metadata?.uid).to.equal('u2')
  })

  it('says what it waited for when time is up', async () => {
    const error = await wait(isPresent, 40).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(WaitTimeoutError)
    expect((error as Error).message).to.equal('services web/a: not as wanted after 40 ms')
  })
})
