import { expect } from 'chai'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../net/address.ts'
import { parseRange } from '../net/range.ts'
import { AddressSpace, type SpaceRules } from './address-space.ts'
import { Reservations } from './reservations.ts'
import { WithheldAddresses } from './withheld.ts'

const rules: SpaceRules = { exclude: [], avoidBuggyIPs: false, strategy: 'LowestFirst', quota: undefined }
const bars = () => ({
  withheld: new WithheldAddresses(),
  reservations: new Reservations(),
  contestantOn: () => undefined,
})

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

  it('counts as usable what is in use or available, excluded addresses only while somebody has them', () => {
    const ranges = ['192.0.2.250-192.0.3.5', '192.0.2.0/29'].map(parseRange)
    const exclude = ['192.0.2.254-192.0.3.1', '192.0.2.2/31'].map(parseRange)
    const values = ranges.flatMap(({ first, last }) =>
      Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index)),
    )
    const isExcluded = (value: bigint) => exclude.some(({ first, last }) => first <= value && value <= last)
    const property = fc.property(fc.array(fc.nat(values.length - 1)), fc.boolean(), (list, avoidBuggyIPs) => {
      const space = new AddressSpace(4, ranges, { ...rules, exclude, avoidBuggyIPs }, bars())
      const there = values.filter((value) => space.contains({ family: 4, value }))
      const held = new Set<bigint>()
      for (const value of list.map((index) => values[index]!).filter((value) => there.includes(value))) {
        if (held.delete(value)) space.release({ family: 4, value }, 's')
        else {
          space.hold({ family: 4, value }, plain('s'))
          held.add(value)
        }
        const usable = there.filter((each) => held.has(each) || !isExcluded(each))
        expect(space.usable).to.equal(BigInt(usable.length))
        expect(space.usable).to.equal(BigInt(space.inUse) + space.available)
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  const vast: [range: string, exclude: string[], inUse: number, available: bigint][] = [
    ['2001:db8::/67', [], 1, 2n ** 61n - 1n],
    ['2001:db8::/66', [], 0, 2n ** 63n - 1n],
    ['2001:db8::/66', [], 2, 2n ** 63n - 3n],
    ['2001:db8::/64', [], 2, 2n ** 63n - 3n],
    ['2001:db8::/66', ['2001:db8::/67'], 1, 2n ** 61n],
  ]
  for (const [range, exclude, inUse, available] of vast) {
    const without = exclude.length > 0 ? ` without ${exclude}` : ''
    it(`of ${range}${without} has ${available} available with ${inUse} in use, as MetalLB counts`, () => {
      const space = new AddressSpace(6, [parseRange(range)], { ...rules, exclude: exclude.map(parseRange) }, bars())
      for (let index = 0; index < inUse; index++) {
        space.hold({ family: 6, value: parseRange(range).first + BigInt(index) }, plain(`s${index}`))
      }
      expect(space.available).to.equal(available)
    })
  }

  it('shows how few are free where others are kept, also of more than are counted', () => {
    const withheld = new WithheldAddresses()
    const reservations = new Reservations()
    const space = new AddressSpace(6, [parseRange('2001:db8::/64')], rules, { ...bars(), withheld, reservations })
    reservations.set('most', {
      name: 'most',
      addresses: [parseRange('2001:db8::4-2001:db8::ffff:ffff:ffff:ffff')],
      holder: { kind: 'namespace', namespace: 'shop' },
      expiresAtMillis: undefined,
    })
    space.refresh(parseRange('2001:db8::/64'))
    expect(space.available).to.equal(4n)
  })

  it('counts as usable what a number of the status can hold, and nothing of what is excluded', () => {
    const usableOf = (...exclude: string[]) =>
      new AddressSpace(6, [parseRange('2001:db8::/64')], { ...rules, exclude: exclude.map(parseRange) }, bars()).usable
    expect(usableOf()).to.equal(2n ** 63n - 1n)
    expect(usableOf('2001:db8::/65')).to.equal(2n ** 63n - 1n)
    expect(usableOf('2001:db8::/65', '2001:db8:0:0:8000::/66', '2001:db8:0:0:c000::/67')).to.equal(2n ** 61n)
    expect(usableOf('2001:db8::/64')).to.equal(0n)
  })

  it('is as fast in the middle of an IPv6 /64 as at its start', () => {
    const space = new AddressSpace(6, [parseRange('2001:db8::/64')], rules, bars())
    for (let index = 0; index < 10_000; index++) space.hold(space.firstFor(plain('s'))!, plain(`s${index}`))
    expect(formatAddress(space.firstFor(plain('s'))!)).to.equal('2001:db8::2710')
    space.release(parseAddress('2001:db8::5'), 's5')
    expect(formatAddress(space.firstFor(plain('s'))!)).to.equal('2001:db8::5')
  })
})
