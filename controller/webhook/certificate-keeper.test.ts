import { X509Certificate } from 'node:crypto'
import type { V1Secret, V1ValidatingWebhookConfiguration } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { CertificatePair } from '../../daemon/serving-certificate.ts'
import { createIssued } from '../../daemon/x509.ts'
import type { KubeClient } from '../../kube/client.ts'
import { secrets, validatingWebhookConfigurations } from '../../kube/core.ts'
import { reflect } from '../../kube/reflector.ts'
import { startReflectors, stopReflectors, storesOf } from '../../kube/reflector-set.ts'
import { ObjectStore } from '../../kube/store.ts'
import { silentLog as log } from '../../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { type CertificateKeeper, configurationName, keepCertificates } from './certificate-keeper.ts'
import { learningMillis, lifetimeMillis } from './keyring.ts'

const namespace = 'metallb-system'
const secret = `${namespace}/metallb-webhook-cert`
const service = { namespace, name: 'metallb-webhook-service' }
const dayMillis = 86_400_000

describe('certificates that renew themselves', () => {
  let cluster: FakeCluster
  let clock: VirtualClock
  const cleanUps: (() => Promise<void>)[] = []

  beforeEach(() => {
    cluster = new FakeCluster()
    clock = new VirtualClock()
  })
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp()
  })

  const register = (...names: string[]) =>
    cluster.put('validatingwebhookconfigurations', {
      metadata: { name: configurationName },
      webhooks: names.map((name) => ({ name, clientConfig: { service: { ...service, path: `/${name}` } } })),
    })
  const stored = () => cluster.get<V1Secret>('secrets', secret)
  const entry = (name: string) => Buffer.from(stored()?.data?.[name] ?? '', 'base64').toString()
  const bundles = () =>
    (
      cluster.get<V1ValidatingWebhookConfiguration>('validatingwebhookconfigurations', configurationName)?.webhooks ??
      []
    ).map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString())

  /** The server merges the entries of this list by their names, which the cluster in memory does not know. */
  let registrationFault: Error | undefined
  const apply: KubeClient['apply'] = async (_resource, applied) => {
    if (registrationFault !== undefined) throw registrationFault
    const { webhooks = [] } = applied as V1ValidatingWebhookConfiguration
    const before = cluster.get<V1ValidatingWebhookConfiguration>('validatingwebhookconfigurations', configurationName)
    const merged = before!.webhooks!.map((entry) => {
      const { clientConfig } = webhooks.find(({ name }) => name === entry.name) ?? {}
      return { ...entry, clientConfig: { ...entry.clientConfig, ...clientConfig } }
    })
    cluster.change('validatingwebhookconfigurations', configurationName, { webhooks: merged })
    return applied
  }

  interface Replica extends CertificateKeeper {
    readonly served: CertificatePair[]
  }

  async function startReplica(): Promise<Replica> {
    const client = { ...cluster.client, apply }
    const served: CertificatePair[] = []
    const watches = {
      // By the clock on the wall: years of a virtual one would break every watch a million times.
      secret: reflect(client, secrets, { namespace, log }),
      configuration: reflect(client, validatingWebhookConfigurations, { log }),
    }
    await startReflectors(watches)
    const keeper = keepCertificates({
      ...{ client, service, secret, log, clock, issue: createIssued },
      stores: storesOf(watches),
      serve: (pair) => served.push(pair),
    })
    cleanUps.push(
      () => keeper.stop(),
      () => stopReflectors(watches),
    )
    return { ...keeper, served }
  }

  /** Keys are made by threads of Node, which no virtual clock knows. */
  async function until(condition: () => boolean): Promise<void> {
    for (let turns = 0; !condition(); turns += 1) {
      if (turns > 2_000) expect.fail('it never came to that')
      await clock.advance(0)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await settle()
  }

  it('are made, stored, announced in each entry of ours, and served', async () => {
    register('pool', 'peer')
    const replica = await startReplica()
    await replica.trusted
    expect(replica.served).to.have.length(1)
    expect(entry('tls.crt')).to.equal(replica.served[0]!.cert)
    expect(bundles()).to.deep.equal([entry('ca.crt'), entry('ca.crt')])
  })

  it("leave the entries of other people's webhooks alone", async () => {
    cluster.put('validatingwebhookconfigurations', {
      metadata: { name: configurationName },
      webhooks: [{ name: 'other', clientConfig: { service: { namespace, name: 'other' }, caBundle: 'eA==' } }],
    })
    await (await startReplica()).trusted
    expect(bundles()).to.deep.equal(['x'])
  })

  it('are served also while nobody has registered the webhook', async () => {
    const replica = await startReplica()
    await replica.trusted
    expect(replica.served).to.have.length(1)
    expect(cluster.writes).to.deep.equal(['POST secrets'])
  })

  it('are the same for replicas that start at the same moment', async () => {
    register('pool')
    const [one, two] = await Promise.all([startReplica(), startReplica()])
    await Promise.all([one.trusted, two.trusted])
    await until(() => one.served.length > 0 && two.served.length > 0)
    expect(one.served.at(-1)).to.deep.equal(two.served.at(-1))
    expect(one.served.at(-1)!.cert).to.equal(entry('tls.crt'))
  })

  it('fill the empty Secret of a manifest, and leave it its labels', async () => {
    cluster.put('secrets', { metadata: { ...{ namespace, name: 'metallb-webhook-cert' }, labels: { app: 'metallb' } } })
    await (await startReplica()).trusted
    expect(stored()?.metadata?.labels).to.deep.equal({ app: 'metallb' })
    expect(cluster.writes).to.include(`PUT secrets ${secret}`)
  })

  it('cost no write and no certificate as long as nothing is due', async () => {
    register('pool')
    await (await startReplica()).trusted
    const writes = cluster.writes.length
    await clock.advance(200 * dayMillis)
    expect(cluster.writes).to.have.length(writes)
  })

  it('change over in three steps: announced, then served, and the former authority goes when it has expired', async () => {
    register('pool')
    const replica = await startReplica()
    await replica.trusted
    const [first] = replica.served
    const firstBundle = entry('ca.crt')

    await clock.advance((lifetimeMillis * 2) / 3)
    await until(() => bundles()[0] !== firstBundle)
    expect(bundles()[0]).to.include(firstBundle)
    expect(entry('tls.crt'), 'still the first').to.equal(first!.cert)
    expect(replica.served).to.have.length(1)

    await clock.advance(learningMillis)
    await until(() => replica.served.length === 2)
    expect(entry('tls.crt')).to.equal(replica.served[1]!.cert)
    expect(stored()!.data).not.to.have.property('next.crt')
    expect(bundles()[0], 'for replicas that are late').to.include(firstBundle)

    await clock.advance(lifetimeMillis / 3 + 2 * dayMillis)
    await until(() => !bundles()[0]!.includes(firstBundle))
    expect(bundles()[0]).to.equal(entry('ca.crt'))
  })

  it('are trusted at every moment of three years by who looks at the registration', async () => {
    register('pool')
    const replicas = [await startReplica(), await startReplica()]
    await Promise.all(replicas.map((replica) => replica.trusted))
    for (let days = 0; days < 3 * 365; days += 1) {
      await clock.advance(dayMillis)
      await new Promise((resolve) => setImmediate(resolve))
      for (const { served } of replicas) {
        const certificate = new X509Certificate(served.at(-1)!.cert)
        const trusted = bundles()[0]!.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)!
        const nowMillis = clock.wallTime().getTime()
        const accepting = trusted
          .map((pem) => new X509Certificate(pem))
          .filter((authority) => certificate.verify(authority.publicKey))
        expect(accepting, `day ${days}`).to.have.length(1)
        expect(Date.parse(certificate.validTo), `day ${days}`).to.be.above(nowMillis)
      }
    }
    expect(replicas[0]!.served.length).to.be.within(4, 7)
  })

  it('are not taken back from the registration by a replica that still sees an older Secret', async () => {
    register('pool')
    await (await startReplica()).trusted
    const older = new ObjectStore<V1Secret>()
    older.apply(stored()!)
    cluster.remove('secrets', secret)
    await until(() => bundles()[0] === entry('ca.crt'))
    const announced = bundles()

    const configuration = reflect(cluster.client, validatingWebhookConfigurations, { log })
    await startReflectors({ configuration })
    const keeper = keepCertificates({
      ...{ client: { ...cluster.client, apply }, service, secret, log, clock, issue: createIssued, serve: () => {} },
      stores: { secret: older, configuration: configuration.store },
    })
    cleanUps.push(
      () => keeper.stop(),
      () => configuration.stop(),
    )
    await clock.advance(1000)
    expect(bundles()).to.deep.equal(announced)
  })

  it('are put back into the registration when somebody takes them out', async () => {
    register('pool')
    await (await startReplica()).trusted
    register('pool', 'another')
    await until(() => bundles().length === 2 && bundles().every((bundle) => bundle === entry('ca.crt')))
  })

  it('are made anew when somebody deletes the Secret, and the old one is served until the new is known', async () => {
    register('pool')
    const replica = await startReplica()
    await replica.trusted
    cluster.remove('secrets', secret)
    await until(() => stored() !== undefined && bundles()[0] === entry('ca.crt'))
    expect(entry('tls.crt')).to.equal(replica.served[0]!.cert)
    await clock.advance(learningMillis)
    await until(() => replica.served.length === 2)
  })

  it('do not change over while the registration cannot be written', async () => {
    register('pool')
    const replica = await startReplica()
    await replica.trusted
    registrationFault = new Error('forbidden')
    await clock.advance((lifetimeMillis * 2) / 3 + dayMillis)
    await until(() => entry('next.crt') !== '')
    await clock.advance(dayMillis)
    expect(replica.served).to.have.length(1)
    registrationFault = undefined
    await clock.advance(dayMillis)
    await until(() => replica.served.length === 2)
  })

  it('survive a Secret that somebody filled with something else', async () => {
    register('pool')
    const replica = await startReplica()
    await replica.trusted
    cluster.change('secrets', secret, { data: { 'tls.crt': 'eA==' } })
    await until(() => entry('next.crt') !== '')
    expect(entry('tls.crt')).to.equal(replica.served[0]!.cert)
  })
})
