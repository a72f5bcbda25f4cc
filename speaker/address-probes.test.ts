import { expect } from 'chai'
import type { AddressProbe } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../kube/testing/virtual-clock.ts'
import { formatAddress } from '../net/address.ts'
import { parseMac } from '../net/mac.ts'
import { parsePrefix } from '../net/prefix.ts'
import { AddressProbes } from './address-probes.ts'
import type { Surroundings } from './surroundings.ts'

const network = (prefix: string, index: number) => ({
  prefix: parsePrefix(prefix),
  link: { index, name: `eth${index}`, mac: parseMac('02:00:00:00:00:01') },
})
const surroundings: Surroundings = {
  ...{ gateways: [], macs: [] },
  networks: [network('192.0.2.0/24', 0), network('192.0.2.0/24', 1), network('2001:db8::/64', 2)],
}

describe('the answers of a speaker', () => {
  let store: ObjectStore<AddressProbe>
  let probes: AddressProbes
  let version = 0
  let asked: string[]
  let written: unknown[]
  let probe: (index: number) => Promise<string[]>

  const put = (name: string, address: string, status?: AddressProbe['status'], node = 'n1') =>
    store.apply({
      metadata: { name, namespace: 'metallb-system', resourceVersion: `${++version}` },
      ...{ spec: { address, node }, ...(status && { status }) },
    })

  async function start(): Promise<void> {
    probes = new AddressProbes({
      client: {
        patch: async (_: unknown, __: unknown, { body }: { body: unknown }) => written.push(body),
      } as unknown as KubeClient,
      ...{ node: 'n1', store, surroundings: () => surroundings, log: silentLog, clock: new VirtualClock() },
      probe: ({ interface: { index }, address }) => {
        asked.push(`${formatAddress(address)} ${index}`)
        return probe(index)
      },
    })
    await settle()
  }

  beforeEach(() => {
    store = new ObjectStore()
    asked = []
    written = []
    probe = async () => []
  })
  afterEach(() => probes.stop())

  it('are that nobody answered, on any link of the network', async () => {
    await start()
    put('p', '192.0.2.7')
    await settle()
    expect(asked).to.deep.equal(['192.0.2.7 0', '192.0.2.7 1'])
    expect(written).to.deep.equal([{ status: { result: 'Unanswered' } }])
  })

  it('are all who answered, each once', async () => {
    probe = async (index) => ['02:00:00:00:00:09', `02:00:00:00:00:0${index}`]
    await start()
    put('p', '192.0.2.7')
    await settle()
    const hardwareAddresses = ['02:00:00:00:00:09', '02:00:00:00:00:00', '02:00:00:00:00:01']
    expect(written).to.deep.equal([{ status: { result: 'Answered', hardwareAddresses } }])
  })

  it('are that it could not ask, and why', async () => {
    probe = () => Promise.reject(new Error('network is down'))
    await start()
    put('a', '192.0.2.7')
    put('b', '198.51.100.7')
    put('c', 'nonsense')
    await settle()
    expect(written).to.have.deep.members([
      { status: { result: 'NotProbed', message: 'network is down' } },
      { status: { result: 'NotProbed', message: 'no network of this node has 198.51.100.7' } },
      { status: { result: 'NotProbed', message: '"nonsense" is not an IP address' } },
    ])
  })

  it('come to what was asked before it started, and once only', async () => {
    put('old', '2001:db8::7')
    put('answered', '192.0.2.7', { result: 'Unanswered' })
    await start()
    expect(asked).to.deep.equal(['2001:db8::7 2'])
    store.remove('metallb-system/old')
    await settle()
    expect(written).to.have.length(1)
  })
  it('are not given for another node, whatever the label says, until the spec names this one', async () => {
    await start()
    put('p', '192.0.2.7', undefined, 'n2')
    await settle()
    expect(asked).to.deep.equal([])
    expect(written).to.deep.equal([])
    put('p', '192.0.2.7')
    await settle()
    expect(written).to.deep.equal([{ status: { result: 'Unanswered' } }])
  })
})
