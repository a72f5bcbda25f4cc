import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { findProblems } from '../crds/validate.ts'
import type { KubeClient } from '../kube/client.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { parseAddress } from '../net/address.ts'
import { parsePrefix } from '../net/prefix.ts'
import { type SpeakerFacts, type SpeakerStatusWriter, writeSpeakerStatus } from './speaker-status.ts'

const link = (index: number) => ({ index, name: `eth${index}`, mac: new Uint8Array(6) })

const facts: SpeakerFacts = {
  surroundings: {
    gateways: [parseAddress('192.0.2.1')],
    networks: [{ prefix: parsePrefix('192.0.2.0/24'), link: link(0) }],
    macs: ['02:00:00:00:00:01'],
  },
  ...{ phase: 'serving', generation: 0x1f, members: { seen: 3, serving: 2 } },
  addresses: { ipv4: 7, ipv6: 2, standingIn: 1 },
  interfaces: ['eth1', 'eth0'],
  problems: [{ reason: 'StrictArpOff', message: 'it is off', since: '2026-01-01T00:00:00Z' }],
}

describe('the SpeakerStatus of a node', () => {
  let clock: VirtualClock
  let store: ObjectStore<SpeakerStatus>
  let writes: { atMillis: number; subresource: string }[]
  let known: SpeakerFacts | undefined
  let writer: SpeakerStatusWriter

  /** An API server whose watch tells at once. */
  const client = {
    async apply(_resource, given, { subresource = '' }) {
      const { metadata, status } = given as SpeakerStatus
      const stored = store.get('metallb-system/n1')
      writes.push({ atMillis: clock.now(), subresource })
      store.apply(
        subresource === '' ? { ...stored, metadata: { ...metadata, uid: 'u' } } : { ...stored, status: status! },
      )
      return given
    },
  } satisfies Pick<KubeClient, 'apply'> as Pick<KubeClient, 'apply'>

  beforeEach(() => {
    clock = new VirtualClock()
    store = new ObjectStore()
    writes = []
    known = facts
    writer = writeSpeakerStatus({
      ...{ client, store, clock, namespace: 'metallb-system', node: 'n1', version: '0.1.0', log: silentLog },
      pod: () => ({ metadata: { name: 'speaker-x', uid: 'pod-uid' } }),
      facts: () => known,
    })
  })
  afterEach(() => writer.stop())

  const stored = () => store.get('metallb-system/n1')
  const set = async (changes: Partial<SpeakerFacts>) => {
    known = { ...facts, ...known, ...changes }
    writer.changed()
    await clock.advance(0)
  }

  it('tells all that is known, in the form of its schema, and goes with the pod', async () => {
    await set({})
    expect(stored()?.status).to.deep.equal({
      ...{ version: '0.1.0', phase: 'Serving', configGeneration: '0000001f', members: { seen: 3, serving: 2 } },
      ...{ addresses: { ipv4: 7, ipv6: 2, standingIn: 1 }, interfaces: ['eth0', 'eth1'], problems: facts.problems },
      ...{ defaultGateways: ['192.0.2.1'], networks: [{ interface: 'eth0', prefix: '192.0.2.0/24' }] },
      hardwareAddresses: ['02:00:00:00:00:01'],
    })
    expect(stored()?.metadata?.ownerReferences?.[0]?.uid).to.equal('pod-uid')
    expect(findProblems({ apiVersion: 'metallb.io/v1alpha1', kind: 'SpeakerStatus', ...stored() })).to.deep.equal([])
  })

  it('says nothing of what is not known yet', async () => {
    await set({ generation: undefined, members: undefined, addresses: undefined })
    expect(stored()?.status).not.to.have.any.keys('configGeneration', 'members', 'addresses')
  })

  it('leaves what is there as long as too little is known: the gateways in it keep addresses from being given out', async () => {
    known = undefined
    writer.changed()
    await clock.advance(5_000)
    expect(writes).to.deep.equal([])
  })

  it('is written at most once a second, and the newest in the end', async () => {
    await set({})
    for (let ipv4 = 0; ipv4 < 35; ipv4++) {
      await set({ addresses: { ipv4, ipv6: 0, standingIn: 0 } })
      await clock.advance(100)
    }
    await clock.advance(5_000)
    expect(writes.slice(2).map(({ atMillis }) => atMillis)).to.deep.equal([1000, 2000, 3000, 4000])
    expect(new Set(writes.slice(1).map(({ subresource }) => subresource))).to.deep.equal(new Set(['status']))
    expect(stored()?.status?.addresses?.ipv4).to.equal(34)
  })

  it('is not written when nothing has changed', async () => {
    await set({})
    const { length } = writes
    for (let minute = 0; minute < 60; minute++) {
      await set({ interfaces: ['eth0', 'eth1'] })
      await clock.advance(60_000)
    }
    expect(writes).to.have.length(length)
  })

  it('never says more than its schema lets through', async () => {
    const links = Array.from({ length: 100 }, (_, index) => link(index))
    await set({
      surroundings: {
        gateways: links.map(({ index }) => parseAddress(`192.0.2.${index}`)),
        networks: links.map((link) => ({ prefix: parsePrefix(`192.0.${link.index}.0/24`), link })),
        macs: links.map(({ index }) => `02:00:00:00:00:${index}`),
      },
      interfaces: links.map(({ name }) => name),
      problems: links.map(({ name }) => ({ ...facts.problems[0]!, reason: name, message: 'x'.repeat(5000) })),
    })
    expect(findProblems({ apiVersion: 'metallb.io/v1alpha1', kind: 'SpeakerStatus', ...stored() })).to.deep.equal([])
    expect(JSON.stringify(stored()).length).to.be.below(32 * 1024)
  })
})
