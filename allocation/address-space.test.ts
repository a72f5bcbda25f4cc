import { expect } from 'chai'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../net/address.ts'
import { parseRange } from '../net/range.ts'
import { AddressSpace, type SpaceRules } from './address-space.ts'
import { capacityOf } from './capacity.ts'
import { Reservations } from './reservations.ts'
import { SharedAddresses } from './shared-addresses.ts'
import { WithheldAddresses } from './withheld.ts'

const rules: SpaceRules = { exclude: [], avoidBuggyIPs: false, strategy: 'LowestFirst', quota: undefined }
const bars = () => ({
  withheld: new WithheldAddresses(),
  reservations: new Reservations(),
  contestantOn: () => undefined,
})
const int64Max = 2n ** 63n - 1n

describe('an address space', () => {
  const plain = (service: string) => ({ service, sharing: undefined, ports: ['TCP/80'] })

  it('always gives the first address in order that nobody holds', () => {
    const ranges = ['192.0.2.250-192.0.3.5', '192.0.2.0/29', '10.0.0.255/32'].map(parseRange)
    const inOrder = ranges.flatMap(({ first, last }) =>
      Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index)),
    )
    const operations = fc.array(fc.oneof(fc.constant('take' as const), fc.nat(30)), { maxLength: 60 })
    const property = fc.property(operations, fc.boolean(), (list, avoidBuggyIPs) => {
      const space = new AddressSpace(4, ranges, { ...rules, avoidBuggyIPs }, bars())
      const usable = inOrder.filter((value) => !avoidBuggyIPs || (value % 256n !== 0n && value % 256n !== 255n))
      const held = new Map<bigint, string>()
      for (const [index, operation] of list.entries()) {
        if (operation === 'take') {
          const lowest = space.firstFor(plain(`s${index}`))
          expect(lowest?.value).to.equal(usable.find((value) => !held.has(value)))
          if (lowest === undefined) continue
          space.hold(lowest, plain(`s${index}`))
          held.set(lowest.value, `s${index}`)
        } else {
          const [value, service] = [...held][operation % Math.max(held.size, 1)] ?? []
          if (value === undefined) continue
          space.release({ family: 4, value }, service!)
          held.delete(value)
        }
        expect(space.inUse).to.equal(held.size)
        expect(space.capacity).to.equal(BigInt(usable.length))
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('is as fast in the middle of an IPv6 /64 as at its start', () => {
    const space = new AddressSpace(6, [parseRange('2001:db8::/64')], rules, bars())
    for (let index = 0; index < 10_000; index++) space.hold(space.firstFor(plain('s'))!, plain(`s${index}`))
    expect(formatAddress(space.firstFor(plain('s'))!)).to.equal('2001:db8::2710')
    space.release(parseAddress('2001:db8::5'), 's5')
    expect(formatAddress(space.firstFor(plain('s'))!)).to.equal('2001:db8::5')
  })
})

describe('capacity', () => {
  const rows: [ranges: string[], avoidBuggyIPs: boolean, capacity: bigint][] = [
    [['192.0.2.0/30'], false, 4n],
    [['192.0.2.0/24'], true, 254n],
    [['192.0.2.0/23'], true, 508n],
    [['192.0.2.1-192.0.2.254'], true, 254n],
    [['192.0.2.128/25', '192.0.2.0/32'], true, 127n],
    [['0.0.0.0/0'], true, 2n ** 32n - 2n ** 25n],
    [['2001:db8::/67'], false, 2n ** 61n],
    [['2001:db8::/66'], false, int64Max],
    [['2001:db8::/64', '2001:db9::/64'], false, int64Max],
    [['2001:db8::/67', '2001:db9::/67', '2001:dba::/67', '2001:dbb::/67'], false, int64Max],
  ]
  for (const [ranges, avoidBuggyIPs, capacity] of rows) {
    it(`of ${ranges.join(', ')}${avoidBuggyIPs ? ' without .0 and .255' : ''} is ${capacity}`, () => {
      expect(capacityOf(ranges.map(parseRange), avoidBuggyIPs)).to.equal(capacity)
    })
  }
})

describe('shared addresses', () => {
  it('find the lowest address with all ports open, as a look at every address does', () => {
    const ports = fc.subarray(['TCP/80', 'TCP/443', 'UDP/53'], { minLength: 1 })
    const operation = fc.record({ position: fc.nat(6), service: fc.nat(3), ports })
    const property = fc.property(fc.array(operation, { maxLength: 40 }), ports, (operations, wanted) => {
      const shared = new SharedAddresses()
      const users = new Map<number, Map<number, string[]>>()
      for (const { position, service, ports: wish } of operations) {
        const at = users.get(position) ?? new Map<number, string[]>()
        const present = at.get(service)
        const isOpen = ![...at.values()].flat().some((port) => wish.includes(port))
        if (present !== undefined) {
          shared.vacate(BigInt(position), present)
          at.delete(service)
          if (at.size === 0) shared.removeAddress(BigInt(position))
        } else if (isOpen) {
          if (at.size === 0) shared.addAddress(BigInt(position))
          shared.occupy(BigInt(position), wish)
          at.set(service, wish)
        }
        users.set(position, at)
      }
      const candidates = [...users].filter(([, at]) => at.size > 0).map(([position]) => position)
      const expected = candidates
        .sort((a, b) => a - b)
        .find((position) => ![...users.get(position)!.values()].flat().some((port) => wanted.includes(port)))
      expect(shared.lowestFor(wanted, 0n)).to.equal(expected === undefined ? undefined : BigInt(expected))
      expect(shared.isEmpty).to.equal(candidates.length === 0)
    })
    fc.assert(property, { numRuns: 500 })
  })
})
