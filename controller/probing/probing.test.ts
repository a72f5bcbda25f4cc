import { expect } from 'chai'
import type { AddressProbeStatus, SpeakerStatus } from '../../crds/generated/types.ts'
import { ObjectStore } from '../../kube/store.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { Probing } from './probing.ts'

const address = parseAddress('192.0.2.1')
const speaker = '02:00:00:00:00:02'
const stranger = '02:00:00:00:00:99'
const minuteMillis = 60_000

describe('probing', () => {
  let clock: VirtualClock
  let statuses: ObjectStore<SpeakerStatus>
  let probing: Probing
  /** By node; undefined: it does not answer. */
  let answers: Record<string, AddressProbeStatus | Error | undefined>
  let asked: string[]
  let holders: string[]
  let withheld: string[]
  let enqueued: string[]
  let told: string[]

  beforeEach(() => {
    clock = new VirtualClock()
    statuses = new ObjectStore()
    for (const name of ['n1', 'n2', 'n3']) {
      const networks = [{ interface: 'eth0', prefix: '192.0.2.0/24' }]
      const hardwareAddresses = name === 'n2' ? [speaker] : []
      statuses.apply({ metadata: { name, resourceVersion: '1' }, status: { networks, hardwareAddresses } })
    }
    answers = {}
    asked = []
    holders = ['default/web']
    withheld = []
    enqueued = []
    told = []
    probing = new Probing({
      questions: {
        async ask(_address, node) {
          asked.push(node)
          const answer = answers[node]
          if (answer instanceof Error) throw answer
          return answer
        },
        stop: async () => undefined,
      },
      allocator: {
        probingFor: () => holders,
        probed: (free: Address) => holders.map((service) => `${service} ${formatAddress(free)}`),
      },
      withhold: (addresses) => {
        withheld = addresses.map(({ address: taken, by }) => `${formatAddress(taken)} ${by}`)
      },
      enqueue: (services) => enqueued.push(...services),
      tell: (service, { reason, message }) => told.push(`${service} ${reason}: ${message}`),
      ...{ statuses, log: silentLog, clock },
    })
  })
  afterEach(() => probing.stop())

  async function probe(): Promise<void> {
    probing.ask([address])
    await clock.advance(0)
  }
  const everybody = (answer: AddressProbeStatus | Error | undefined) => ({ n1: answer, n2: answer, n3: answer })

  it('lets the Service have an address that nobody answers for', async () => {
    answers = everybody({ result: 'Unanswered' })
    await probe()
    expect(asked).to.have.length(1)
    expect(enqueued).to.deep.equal(['default/web 192.0.2.1'])
    expect(told).to.deep.equal([])
  })

  it('asks nobody about an address that no Service waits for any more', async () => {
    holders = []
    await probe()
    expect(asked).to.deep.equal([])
  })

  it('sets an address aside that a stranger answers for, tells the Service who, and takes it back in 10 minutes', async () => {
    answers = everybody({ result: 'Answered', hardwareAddresses: [speaker, stranger] })
    await probe()
    expect(withheld).to.deep.equal([`192.0.2.1 ${stranger}`])
    const message = `192.0.2.1 is in use on the network by ${stranger}: it is set aside for 10 minutes`
    expect(told).to.deep.equal([`default/web AddressInUse: ${message}`])
    expect(enqueued).to.deep.equal([])
    await clock.advance(10 * minuteMillis - 1)
    expect(withheld).to.have.length(1)
    await clock.advance(1)
    expect(withheld).to.deep.equal([])
  })

  it('finds an address free that only a speaker answers for', async () => {
    answers = everybody({ result: 'Answered', hardwareAddresses: [speaker] })
    await probe()
    expect(enqueued).to.have.length(1)
  })

  it('asks a second speaker when the first does not answer, and begins with others from then on', async () => {
    answers = { ...everybody({ result: 'Unanswered' }), n1: undefined }
    await probe()
    expect(asked).to.deep.equal(['n1', 'n2'])
    expect(told).to.deep.equal([])
    await probe()
    expect(asked.slice(2)).to.deep.equal(['n2'])
  })

  const vain: [string, AddressProbeStatus | Error | undefined, string][] = [
    ['does not answer', undefined, 'did not answer'],
    ['cannot ask', { result: 'NotProbed', message: 'network is down' }, 'could not ask: network is down'],
    ['cannot be asked', new Error('403 forbidden'), '403 forbidden'],
  ]
  for (const [what, answer, why] of vain) {
    it(`gives the address out when speakers are there and each ${what}, and says so`, async () => {
      answers = everybody(answer)
      await probe()
      expect(asked).to.have.length(2)
      expect(enqueued).to.deep.equal(['default/web 192.0.2.1'])
      expect(told[0]).to.match(/^default\/web NotProbed: 192\.0\.2\.1 is given out without a probe: /)
      expect(told[0]).to.include(why)
    })
  }

  it('gives the address out when no speaker is on its network, and says so', async () => {
    for (const name of ['n1', 'n2', 'n3']) statuses.remove(name)
    await probe()
    expect(enqueued).to.have.length(1)
    expect(told[0]).to.include('no speaker is on its network')
  })
})
