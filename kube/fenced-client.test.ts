import { expect } from 'chai'
import { createClient } from './client.ts'
import { configMaps } from './core.ts'
import { fencedClient, NotLeadingError } from './fenced-client.ts'
import type { SendOptions } from './transport.ts'

const ref = { namespace: 'default', name: 'a' }
const object = { metadata: ref }

describe('the fenced client', () => {
  let remainingMillis: number
  let sent: { method: string; timeoutMillis: number | undefined }[]
  const inner = createClient({
    async send({ method }, { timeoutMillis }: SendOptions = {}) {
      sent.push({ method, timeoutMillis })
      return '{"metadata":{},"items":[]}'
    },
    sendForLines: async () => {},
    close: () => {},
  })
  const client = fencedClient(inner, { remainingMillis: () => remainingMillis, writeLimitMillis: 4_000 })
  const patch = (timeoutMillis?: number) =>
    client.patch(configMaps, ref, {
      type: 'merge',
      body: {},
      ...(timeoutMillis === undefined ? {} : { timeoutMillis }),
    })
  const errorOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    )

  beforeEach(() => {
    remainingMillis = 10_000
    sent = []
  })

  it('sends no write of any kind that the lease could end before', async () => {
    remainingMillis = 4_000
    const writes = [
      patch(),
      client.create(configMaps, object),
      client.update(configMaps, object),
      client.apply(configMaps, object, { fieldManager: 'test', force: true }),
      client.delete(configMaps, ref),
    ]
    for (const error of await Promise.all(writes.map(errorOf))) expect(error).to.be.an.instanceOf(NotLeadingError)
    expect(sent).to.deep.equal([])
  })

  it('says what was not sent, and why', async () => {
    remainingMillis = 1_200.7
    expect(await errorOf(patch())).to.have.property(
      'message',
      'patch configmaps default/a: not sent, because it may take 4000 ms and 1201 ms of the lease remain',
    )
  })

  it('sends a write that must end before the lease does', async () => {
    remainingMillis = 4_001
    await patch()
    expect(sent).to.deep.equal([{ method: 'PATCH', timeoutMillis: 4_000 }])
  })

  it('keeps the limit of the caller when it is shorter, and only then', async () => {
    remainingMillis = 4_001
    for (const millis of [1_000, 5_000]) await patch(millis)
    expect(sent.map(({ timeoutMillis }) => timeoutMillis)).to.deep.equal([1_000, 4_000])
    remainingMillis = 1_001
    await patch(1_000)
    expect(sent).to.have.length(3)
  })

  it('reads whoever leads', async () => {
    remainingMillis = 0
    await client.get(configMaps, ref)
    await client.list(configMaps)
    expect(sent).to.deep.equal(['GET', 'GET'].map((method) => ({ method, timeoutMillis: undefined })))
  })
})
