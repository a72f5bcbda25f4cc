import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import type { Link, NetlinkEvent } from '../net/netlink.ts'
import type { Reply } from './dataplane/ask.ts'
import { SelfReport } from './self-report.ts'

const link = (index: number, name: string): Link => ({
  ...{ index, name, flags: 0, up: true, lowerUp: true, broadcast: true, noArp: false, loopback: false },
  ...{ master: undefined, hardwareAddress: new Uint8Array(6), mtu: 1500, kind: undefined },
})

const strictArp = new Map([
  ['net/ipv4/conf/eth0/arp_ignore', 1],
  ['net/ipv4/conf/eth0/arp_announce', 2],
])

describe('what a speaker reports of itself', () => {
  let clock: VirtualClock
  let store: ObjectStore<SpeakerStatus>
  let report: SelfReport
  let links: Link[]
  let settings: ReadonlyMap<string, number>
  let reply: Reply
  let isAbsent: boolean
  let members: { seen: number; serving: number } | undefined
  let told: string[]
  let problems: string[]
  let emitLink: () => void
  let onReading: () => Promise<void>

  const client = {
    async apply(_resource, given, { subresource }) {
      const stored = store.get('metallb-system/n1')
      const { metadata, status } = given as SpeakerStatus
      const next = subresource ? { ...stored, status: status! } : { ...stored, metadata: { ...metadata, uid: 'u1' } }
      if (!isAbsent) store.apply(next)
      return given
    },
  } satisfies Pick<KubeClient, 'apply'> as Pick<KubeClient, 'apply'>

  const open = async (dataplaneHealth?: URL) => {
    report = new SelfReport({
      ...{ client, store, clock, namespace: 'metallb-system', node: 'n1', log: silentLog, pod: () => undefined },
      source: {
        dumpLinks: async () => {
          await onReading()
          return links
        },
        dumpRoutes: async () => [],
        subscribe: ({ onEvent }) => {
          emitLink = () => onEvent({ type: 'link', link: links[0]! } satisfies NetlinkEvent)
          return { close: () => undefined }
        },
      },
      ...{
        excludedInterfaces: undefined,
        dataplaneHealth,
        config: () => undefined,
        random: () => 0.5,
        lostContact: () => [],
      },
      onFitness: (fitness) => told.push(fitness),
      doing: () => ({
        ...{ phase: 'serving', generation: 1, members, addresses: undefined, interfaces: ['eth0'] },
      }),
      metrics: { problem: (reason, is) => problems.push(`${is ? '+' : '-'}${reason}`) },
      events: { emit: ({ metadata }, { type, reason }) => told.push(`${type} ${reason} of ${metadata?.uid}`) },
      askDataplane: async () => reply,
      readSettings: async () => settings,
    })
    await clock.advance(0)
  }

  beforeEach(() => {
    clock = new VirtualClock()
    store = new ObjectStore()
    links = [link(1, 'eth0'), link(2, 'kube-ipvs0')]
    settings = strictArp
    reply = { type: 'answered', status: 200 }
    isAbsent = false
    members = undefined
    onReading = async () => undefined
    told = []
    problems = []
  })
  afterEach(() => report.stop())

  const reasons = () => store.get('metallb-system/n1')?.status?.problems?.map(({ reason }) => reason)

  it('says nothing before links and routes have been read', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    onReading = () => promise
    await open()
    report.changed()
    await clock.advance(5_000)
    expect(store.size).to.equal(0)
    resolve()
    await clock.advance(0)
    expect(store.size).to.equal(1)
  })

  it('shows a node without problems as that', async () => {
    await open()
    expect(reasons()).to.deep.equal([])
    expect(told).to.deep.equal([])
  })

  it('tells a setting that has been made wrong: in the status, by one event, in the metrics', async () => {
    await open()
    settings = new Map([...strictArp, ['net/ipv4/conf/eth0/arp_ignore', 0]])
    await clock.advance(40_000)
    expect(reasons()).to.deep.equal(['StrictArpOff'])
    await clock.advance(600_000)
    settings = strictArp
    await clock.advance(40_000)
    expect(reasons()).to.deep.equal([])
    expect(told).to.deep.equal(['Warning StrictArpOff of u1'])
    expect(problems).to.deep.equal(['+StrictArpOff', '-StrictArpOff'])
  })

  it('notices at once that the last interface is down', async () => {
    await open()
    await clock.advance(5_000)
    links = [{ ...links[0]!, up: false }]
    emitLink()
    await clock.advance(1_100)
    expect(reasons()).to.deep.equal(['NoUsableInterface'])
  })

  it('keeps the event of a problem until there is an object that it can be about', async () => {
    settings = new Map([['net/core/rmem_max', 1]])
    isAbsent = true
    await open()
    expect(told).to.deep.equal([])
    isAbsent = false
    report.changed()
    await clock.advance(2_000)
    expect(told).to.deep.equal(['Warning SocketBuffersSmall of u1'])
  })

  it('shows a sick kube-proxy as a problem, and the node stays fit unless its URL is given', async () => {
    reply = { type: 'answered', status: 503 }
    await open()
    await clock.advance(60_000)
    expect(reasons()).to.deep.equal(['KubeProxyUnhealthy'])
    expect(report.fitness).to.equal('fit')
  })

  it('says that the node is unfit while the URL that was given is not well, and fit again', async () => {
    await open(new URL('http://127.0.0.1:10256/healthz'))
    reply = { type: 'refused' }
    await clock.advance(5_000)
    expect(reasons()).to.deep.equal(['KubeProxyUnhealthy'])
    reply = { type: 'answered', status: 200 }
    await clock.advance(20_000)
    expect(reasons()).to.deep.equal([])
    expect(told.filter((one) => one.includes('fit'))).to.deep.equal(['fit', 'unfit', 'fit'])
  })

  it('counts the members of a large cluster calmly: each node of it writes when one comes or goes', async () => {
    members = { seen: 100, serving: 100 }
    await open()
    let writes = 0
    store.subscribe(() => writes++)
    for (let tenth = 0; tenth < 300; tenth++) {
      members = { seen: 100, serving: 100 - (tenth % 2) }
      report.changed()
      await clock.advance(100)
    }
    expect(writes).to.be.within(1, 6)
  })

  it('leaves nothing behind that runs', async () => {
    await open()
    await report.stop()
    expect(clock.pending).to.equal(0)
  })
})
