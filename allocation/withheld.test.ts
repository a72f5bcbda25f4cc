import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { holdingOf, pools, request, type ServiceText, withheld } from './testing/requests.ts'
import { shares, wants } from './testing/rows.ts'

describe('a withheld address', () => {
  let allocator: Allocator
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (name = 'web') => holdingOf(allocator, `default/${name}`)

  beforeEach(() => {
    allocator = new Allocator()
    allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
  })

  it('is passed over, and not counted as available', () => {
    allocator.setWithheld('nodes', [withheld('192.0.2.0')])
    allocator.setWithheld('gateways', [withheld('192.0.2.1', 'Gateway')])
    decide({})
    expect(holding()).to.equal('blue 192.0.2.2')
    expect(allocator.pool('blue')?.counters().availableIPv4).to.equal(1n)
    expect([...allocator.takeRecounted()]).to.deep.equal(['blue'])
  })

  const rows = [
    ['NodeAddress', 'worker-1', '192.0.2.1 is an address of node worker-1'],
    ['Gateway', 'worker-1', '192.0.2.1 is the default gateway of node worker-1'],
    ['AddressInUse', '02:00:00:00:00:01', '192.0.2.1 is in use on the network by 02:00:00:00:00:01'],
  ] as const
  for (const [reason, by, message] of rows) {
    it(`that is asked for is refused: ${message}`, () => {
      allocator.setWithheld('some', [withheld('192.0.2.1', reason, by)])
      const { condition, refusal } = decide({ annotations: wants('192.0.2.1') })
      expect(condition).to.deep.equal({ status: 'False', reason, message })
      expect(refusal?.waitsFor).to.have.length(1)
    })
  }

  it('is what a Service hears of that finds nothing else, and it waits', () => {
    const bars = (...addresses: string[]) =>
      allocator.setWithheld(
        'nodes',
        addresses.map((each) => withheld(each)),
      )
    bars('192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3')
    const { condition } = decide({})
    expect(condition).to.include({ status: 'False', reason: 'PoolExhausted' })
    expect(condition?.message).to.equal(
      'no pool can serve IPv4: blue: no free IPv4 address ' +
        '(all are kept by IPReservations, or belong to nodes, gateways or other hosts)',
    )
    expect([...bars('192.0.2.0', '192.0.2.1', '192.0.2.2')]).to.deep.equal(['default/web'])
    decide({})
    expect(decide({ name: 'next' }).condition?.message).to.equal('no pool can serve IPv4: blue: no free IPv4 address')
  })

  it('stays with the Service that has it', () => {
    decide({})
    allocator.setWithheld('nodes', [withheld('192.0.2.0')])
    decide({ has: ['192.0.2.0'] })
    expect(holding()).to.equal('blue 192.0.2.0')
  })

  it('is not shared with anybody new', () => {
    decide({ name: 'first', annotations: shares('k') })
    allocator.setWithheld('nodes', [withheld('192.0.2.0')])
    decide({ annotations: shares('k'), spec: { ports: [{ port: 443 }] } })
    expect(holding()).to.equal('blue 192.0.2.1')
  })

  it('is free again when all who withheld it say otherwise', () => {
    allocator.setWithheld('nodes', [withheld('192.0.2.0')])
    allocator.setWithheld('probe', [withheld('192.0.2.0', 'AddressInUse')])
    allocator.setWithheld('nodes', [])
    decide({})
    expect(holding()).to.equal('blue 192.0.2.1')
    allocator.setWithheld('probe', [])
    decide({ name: 'next' })
    expect(holding('next')).to.equal('blue 192.0.2.0')
  })

  it('wakes who waits for it, and one of those who wait for the pool, when it is withheld no more', () => {
    allocator.setWithheld('nodes', [withheld('192.0.2.3')])
    for (const name of ['a', 'b', 'c', 'd', 'e']) decide({ name })
    decide({ name: 'asks', annotations: wants('192.0.2.3') })
    expect([...allocator.setWithheld('nodes', [])]).to.have.members(['default/asks', 'default/d'])
    expect([...allocator.setWithheld('nodes', [])]).to.deep.equal([])
  })

  it('is given up for the next when nobody has been told yet', () => {
    decide({})
    allocator.setWithheld('probe', [withheld('192.0.2.0', 'AddressInUse')])
    decide({})
    expect(holding()).to.equal('blue 192.0.2.1')
  })
})
