import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { dualStack, holdingOf, pools, request, type ServiceText, withheld } from './testing/requests.ts'
import { checkRows, prefersDual, requiresDual, shares, wants, wantsPool } from './testing/rows.ts'

const twoOfOne = { blue: { addresses: ['192.0.2.0/24', '2001:db8::/64'], quota: 2 } }
const balanced = (...addresses: string[]) => ({ blue: { addresses, allocation: 'Balanced' as const } })
const port = (number: number) => ({ ports: [{ port: number }] })

describe('a quota', () => {
  let allocator: Allocator
  const leaving = { name: 'c', annotations: shares('k'), has: ['192.0.2.0'] }
  const joining = { name: 'a', annotations: shares('k'), spec: port(443) }
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (name: string) => holdingOf(allocator, `default/${name}`)

  beforeEach(() => {
    allocator = new Allocator()
    allocator.setPools(pools({ blue: { addresses: ['192.0.2.0/30'], quota: 1 } }))
    decide(leaving)
  })

  it('does not let a Service join an address that the only one of its namespace on it moves away from', () => {
    decide({ ...leaving, annotations: wants('192.0.2.1') })
    expect(decide(joining).refusal?.reason).to.equal('QuotaExceeded')
    expect(decide({ ...joining, annotations: { ...shares('k'), ...wants('192.0.2.0') } }).refusal?.reason).to.equal(
      'QuotaExceeded',
    )
    allocator.settle('default/c')
    expect(decide(joining).refusal?.reason).to.equal('QuotaExceeded')
    expect(holding('c')).to.equal('blue 192.0.2.1')
  })

  it('is free again for others once the Service that gives its address up has been told', () => {
    decide({ ...leaving, spec: { type: 'ClusterIP' } })
    expect(decide(joining).refusal?.reason).to.equal('QuotaExceeded')
    expect(allocator.settle('default/c')).to.include('default/a')
    decide(joining)
    expect(holding('a')).to.equal('blue 192.0.2.0')
  })

  it('lets a Service join who comes back to the address before', () => {
    decide({ ...leaving, spec: { type: 'ClusterIP' } })
    decide(joining)
    expect(decide(leaving).wake).to.include('default/a')
    decide(joining)
    expect(holding('a')).to.equal('blue 192.0.2.0')
  })
})

describe('a pool', () => {
  checkRows({
    'that is disabled': [
      {
        it: 'is passed over',
        pools: { blue: { addresses: ['192.0.2.0/24'], disabled: true }, green: ['198.51.100.0/24'] },
        service: {},
        holds: 'green 198.51.100.0',
        events: ['IPAllocated'],
      },
      {
        it: 'gives nothing, also when it is asked for',
        pools: { blue: { addresses: ['192.0.2.0/24'], disabled: true } },
        service: { annotations: wantsPool('blue') },
        refusal: 'PoolDisabled',
        says: 'the requested pool cannot serve IPv4: blue: disabled',
        events: ['AllocationFailed'],
      },
      {
        it: 'gives no address that is asked for',
        pools: { blue: { addresses: ['192.0.2.0/24'], disabled: true } },
        service: { annotations: wants('192.0.2.1') },
        refusal: 'PoolDisabled',
        says: 'pool blue is disabled',
        events: ['AllocationFailed'],
      },
      {
        it: 'leaves the addresses that are out',
        pools: { blue: { addresses: ['192.0.2.0/24'], disabled: true } },
        service: { has: ['192.0.2.9'] },
        holds: 'blue 192.0.2.9',
      },
      {
        it: 'adds no second address',
        pools: { blue: { addresses: ['192.0.2.0/24', '2001:db8::/64'], disabled: true } },
        service: { spec: prefersDual, has: ['192.0.2.9'] },
        holds: 'blue 192.0.2.9',
        events: ['AdditionalAssignFailed'],
        reason: 'OneFamilyOnly',
        says: '192.0.2.9 from pool blue; IPv6 is preferred too, but pool blue: disabled',
      },
    ],
    'that excludes addresses': [
      {
        it: 'does not give them out',
        pools: { blue: { addresses: ['192.0.2.0/24'], exclude: ['192.0.2.0/31', '192.0.2.3', '192.0.2.2'] } },
        service: {},
        holds: 'blue 192.0.2.4',
        events: ['IPAllocated'],
      },
      {
        it: 'not even when they are asked for',
        pools: { blue: { addresses: ['192.0.2.0/24'], exclude: ['192.0.2.1'] } },
        service: { annotations: wants('192.0.2.1') },
        refusal: 'Excluded',
        says: '192.0.2.1 is excluded from pool blue',
        events: ['AllocationFailed'],
      },
      {
        it: 'leaves those that are out',
        pools: { blue: { addresses: ['192.0.2.0/24'], exclude: ['192.0.2.1'] } },
        service: { has: ['192.0.2.1'], annotations: wants('192.0.2.1') },
        holds: 'blue 192.0.2.1',
      },
      {
        it: 'does not let others come to those that are out',
        pools: { blue: { addresses: ['192.0.2.0/24'], exclude: ['192.0.2.0'] } },
        others: [{ name: 'first', has: ['192.0.2.0'], annotations: shares('k') }],
        service: { annotations: shares('k'), spec: port(443) },
        holds: 'blue 192.0.2.1',
        events: ['IPAllocated'],
      },
      {
        it: 'says so when there are no others',
        pools: { blue: { addresses: ['192.0.2.0/31'], exclude: ['192.0.2.0/24'] } },
        service: {},
        refusal: 'NoSuitablePool',
        says: 'blue: every IPv4 address is excluded',
        events: ['AllocationFailed'],
      },
    ],
    'with a quota': [
      {
        it: 'gives a namespace so many addresses',
        pools: twoOfOne,
        others: [{ name: 'a' }, { name: 'b' }],
        service: {},
        refusal: 'QuotaExceeded',
        says: 'blue: namespace default has used its quota of 2',
        events: ['AllocationFailed'],
      },
      {
        it: 'of both families together',
        pools: twoOfOne,
        others: [{ name: 'a', spec: requiresDual }],
        service: {},
        refusal: 'QuotaExceeded',
        events: ['AllocationFailed'],
      },
      {
        it: 'gives other namespaces theirs',
        pools: twoOfOne,
        others: [
          { name: 'a', namespace: 'shop' },
          { name: 'b', namespace: 'shop' },
        ],
        service: {},
        holds: 'blue 192.0.2.2',
        events: ['IPAllocated'],
      },
      {
        it: 'counts a shared address once',
        pools: twoOfOne,
        others: [
          { name: 'a', annotations: shares('k') },
          { name: 'b', annotations: shares('k'), spec: port(443) },
        ],
        service: {},
        holds: 'blue 192.0.2.1',
        events: ['IPAllocated'],
      },
      {
        it: 'lets a namespace share what it has when the quota is used up',
        pools: twoOfOne,
        others: [
          { name: 'x', namespace: 'shop', annotations: shares('k') },
          { name: 'a' },
          { name: 'b', annotations: { ...shares('k'), ...wants('192.0.2.2') } },
        ],
        service: { annotations: shares('k'), spec: port(443) },
        holds: 'blue 192.0.2.2',
        events: ['IPAllocated'],
      },
      {
        it: 'also when it has more already than the quota allows',
        pools: twoOfOne,
        others: [
          { name: 'a', has: ['192.0.2.7'] },
          { name: 'b', has: ['192.0.2.8'] },
          { name: 'c', has: ['192.0.2.9'], annotations: shares('k') },
        ],
        service: { annotations: shares('k'), spec: port(443) },
        holds: 'blue 192.0.2.9',
        events: ['IPAllocated'],
      },
      {
        it: 'refuses also an address that is asked for',
        pools: twoOfOne,
        others: [{ name: 'a' }, { name: 'b' }],
        service: { annotations: wants('192.0.2.9') },
        refusal: 'QuotaExceeded',
        says: 'pool blue: namespace default has used its quota of 2',
        events: ['AllocationFailed'],
      },
      {
        it: 'leaves a namespace what it has, though it is more',
        pools: twoOfOne,
        others: [
          { name: 'a', has: ['192.0.2.7'] },
          { name: 'b', has: ['192.0.2.8'] },
        ],
        service: { has: ['192.0.2.9'] },
        holds: 'blue 192.0.2.9',
      },
      {
        it: 'gives one address where two are preferred and one is left',
        pools: twoOfOne,
        others: [{ name: 'a' }],
        service: { spec: prefersDual },
        holds: 'blue 192.0.2.1',
        events: ['IPAllocated'],
        reason: 'OneFamilyOnly',
      },
    ],
    'that is balanced': [
      {
        it: 'gives from the entry with the largest free share',
        pools: balanced('192.0.2.0/31', '192.0.2.8/30'),
        others: [{ name: 'a' }, { name: 'b' }],
        service: {},
        holds: 'blue 192.0.2.9',
        events: ['IPAllocated'],
      },
      {
        it: 'from the first of equal ones',
        pools: balanced('192.0.2.8/30', '192.0.2.0/30'),
        others: [{ name: 'a' }, { name: 'b' }],
        service: {},
        holds: 'blue 192.0.2.9',
        events: ['IPAllocated'],
      },
      {
        it: 'of IPv6 networks too large to count',
        pools: balanced('2001:db8::/64', '2001:db8:1::/64'),
        others: [{ name: 'a', spec: { clusterIPs: ['fd00::1'] } }],
        service: { spec: { clusterIPs: ['fd00::1'] } },
        holds: 'blue 2001:db8:1::',
        events: ['IPAllocated'],
      },
      {
        it: 'not counting what is excluded as free',
        pools: {
          blue: { ...balanced('192.0.2.0/30', '192.0.2.8/30').blue, exclude: ['192.0.2.1-192.0.2.3', '192.0.2.10'] },
        },
        others: [{ name: 'a' }],
        service: {},
        holds: 'blue 192.0.2.8',
        events: ['IPAllocated'],
      },
      {
        it: 'prefers a shared address all the same',
        pools: balanced('192.0.2.0/31', '192.0.2.8/30'),
        others: [{ name: 'a', annotations: shares('k') }],
        service: { annotations: shares('k'), spec: port(443) },
        holds: 'blue 192.0.2.0',
        events: ['IPAllocated'],
      },
      {
        it: 'takes both families of one Service by the same rule',
        pools: balanced('192.0.2.0/31', '192.0.2.8/30', '2001:db8::/64'),
        others: [{ name: 'a' }],
        service: { spec: { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } },
        holds: 'blue 192.0.2.8 2001:db8::',
        events: ['IPAllocated'],
      },
    ],
  })

  it('that is balanced counts again what is given back, what is kept, and what is withheld', () => {
    const allocator = new Allocator()
    const take = (name: string) => {
      allocator.decide(request({ name }))
      return holdingOf(allocator, `default/${name}`)
    }
    allocator.setPools(pools(balanced('192.0.2.0/30', '192.0.2.8/30')))
    for (const name of ['a', 'b', 'c', 'd']) take(name)
    allocator.forget('default/d')
    allocator.forget('default/b')
    expect(take('e')).to.equal('blue 192.0.2.8')
    allocator.setWithheld('nodes', [withheld('192.0.2.9'), withheld('192.0.2.10')])
    expect(take('f')).to.equal('blue 192.0.2.2')
    allocator.setWithheld('nodes', [])
    expect(take('g')).to.equal('blue 192.0.2.9')
  })

  it('does not count what is excluded as available', () => {
    const allocator = new Allocator()
    allocator.setPools(
      pools({
        blue: { addresses: ['192.0.2.0/24', '2001:db8::/64'], exclude: ['192.0.2.128/25', '2001:db8::/65'] },
        buggy: { addresses: ['198.51.100.0/24'], avoidBuggyIPs: true, exclude: ['198.51.100.128/25'] },
      }),
    )
    allocator.decide(request({ has: ['192.0.2.200'] }))
    expect(allocator.pool('blue')?.counters()).to.deep.equal({
      assignedIPv4: 1,
      assignedIPv6: 0,
      availableIPv4: 128n,
      availableIPv6: 2n ** 63n - 1n,
    })
    expect(allocator.pool('buggy')?.counters().availableIPv4).to.equal(127n)
  })

  it('with half of an IPv6 /64 excluded gives out addresses as fast as any other', () => {
    const allocator = new Allocator()
    const half = { addresses: ['2001:db8::/64'], exclude: ['2001:db8::/65', '2001:db8::8000:0:0:1'], quota: 5_000 }
    allocator.setPools(pools({ half }))
    for (let index = 0; index < 5_000; index++) {
      allocator.decide(request({ name: `s${index}`, spec: { clusterIPs: ['fd00::1'] } }))
    }
    expect(holdingOf(allocator, 'default/s4999')).to.equal('half 2001:db8::8000:0:0:1388')
    const { refusal } = allocator.decide(request({ spec: { clusterIPs: ['fd00::1'] } }))
    expect(refusal?.reason).to.equal('QuotaExceeded')
  })
})
