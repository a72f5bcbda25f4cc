import { expect } from 'chai'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import type { NetlinkEvent, Route } from '../net/netlink.ts'
import { parsePrefix } from '../net/prefix.ts'
import { SurroundingsWatch } from './surroundings-watch.ts'

const defaultRoute = (via: string): Route => ({
  ...{ destination: parsePrefix('0.0.0.0/0'), type: 'unicast', table: 254, protocol: 3, scope: 0 },
  ...{ metric: undefined, preferredSource: undefined },
  nextHops: [{ linkIndex: 1, gateway: parseAddress(via), weight: 1 }],
})

describe('the watch on what a node sees around it', () => {
  let clock: VirtualClock
  let watch: SurroundingsWatch
  let gateway: string
  let readings: number
  let onReading: () => void
  let told: string[]
  let errors: unknown[]
  let emit: (event: NetlinkEvent) => void

  const change = (to: string) => {
    gateway = to
    emit({ type: 'route', route: defaultRoute(to) })
  }

  beforeEach(async () => {
    clock = new VirtualClock()
    gateway = '192.0.2.1'
    readings = 0
    onReading = () => undefined
    told = []
    errors = []
    watch = new SurroundingsWatch({
      source: {
        dumpLinks: async () => [],
        dumpRoutes: async () => {
          readings++
          const routes = [defaultRoute(gateway)]
          onReading()
          return routes
        },
        subscribe: ({ onEvent }) => {
          emit = onEvent
          return { close: () => undefined }
        },
      },
      ...{ excluded: undefined, clock },
      onChange: ({ gateways }) => told.push(gateways.map(formatAddress).join()),
      onError: (error) => errors.push(error),
    })
    await clock.advance(0)
  })
  afterEach(() => watch.close())

  it('tells at once what there is', () => expect(told).to.deep.equal(['192.0.2.1']))

  it('reads again once for a burst of changes, and at most once a second', async () => {
    await clock.advance(5_000)
    for (const to of ['192.0.2.2', '192.0.2.3']) change(to)
    await clock.advance(100)
    expect(told.slice(1)).to.deep.equal(['192.0.2.3'])
    change('192.0.2.4')
    await clock.advance(900)
    expect(readings).to.equal(2)
    await clock.advance(100)
    expect(told.slice(2)).to.deep.equal(['192.0.2.4'])
  })

  it('reads again when something changed while it read', async () => {
    await clock.advance(5_000)
    onReading = () => {
      onReading = () => undefined
      change('192.0.2.9')
    }
    change('192.0.2.2')
    await clock.advance(2_000)
    expect(told.slice(1)).to.deep.equal(['192.0.2.2', '192.0.2.9'])
  })

  it('goes on when the tables cannot be read, and tells why', async () => {
    onReading = () => {
      onReading = () => undefined
      throw new Error('no memory')
    }
    change('192.0.2.2')
    await clock.advance(2_000)
    expect(errors).to.have.length(1)
    await clock.advance(10_000)
    expect(told.at(-1)).to.equal('192.0.2.2')
  })

  it('does nothing once it is closed', async () => {
    change('192.0.2.2')
    watch.close()
    await clock.advance(10_000)
    expect(readings).to.equal(1)
    expect(clock.pending).to.equal(0)
  })
})
