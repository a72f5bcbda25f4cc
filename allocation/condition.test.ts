import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { allocatedReasons } from './reasons.ts'
import { dualStack, pools, request, type ServiceText } from './testing/requests.ts'
import { blue, dual, prefersDual, wants, wantsPool } from './testing/rows.ts'

describe('the condition Allocated', () => {
  let allocator: Allocator
  const told = (text: ServiceText) => allocator.decide(request(text)).condition

  beforeEach(() => {
    allocator = new Allocator()
    allocator.setPools(pools(blue))
  })

  it('says which addresses a Service has, and from where', () => {
    const expected = { status: 'True', reason: 'Allocated', message: '192.0.2.0 from pool blue' }
    expect(told({})).to.deep.equal(expected)
    expect(told({ has: ['192.0.2.0'] })).to.deep.equal(expected)
  })

  it('is not there where there is nothing to allocate', () => {
    expect(told({ spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })).to.equal(undefined)
  })

  it('is True for a Service that keeps its address, and says what it asks for in vain', () => {
    const annotations = wants('192.0.2.1')
    expect(told({ has: ['192.0.2.0'], annotations, spec: { loadBalancerIP: '192.0.2.2' } })).to.deep.equal({
      status: 'True',
      reason: 'InvalidRequest',
      message:
        '192.0.2.0 from pool blue; addresses are requested both by annotation and by spec.loadBalancerIP: keep one of them',
    })
  })

  it('is True while the cluster IPs cannot be read', () => {
    expect(told({ has: ['192.0.2.0'], spec: { clusterIPs: ['nonsense'] } })).to.deep.equal({
      status: 'True',
      reason: 'ClusterIPFamilies',
      message: '192.0.2.0; the IP families of the cluster IPs are unclear: nonsense',
    })
  })

  it('says which family is missing where both are preferred', () => {
    expect(told({ spec: prefersDual })).to.deep.equal({
      status: 'True',
      reason: 'OneFamilyOnly',
      message: '192.0.2.0 from pool blue; IPv6 is preferred too, but pool blue: no IPv6 addresses',
    })
  })

  it('says the same in the event of the assignment, which is all that kubectl describe shows', () => {
    allocator.setPools(pools(blue))
    const { events } = allocator.decide(request({ spec: prefersDual }))
    expect(events.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
      'IPAllocated: assigned 192.0.2.0 from pool blue; IPv6 is preferred too, but pool blue: no IPv6 addresses',
    ])
  })

  describe('of a Service without an address says, as a user would try:', () => {
    const rows: [what: string, pools: Parameters<typeof pools>[0], text: ServiceText, message: string][] = [
      [
        'an IPv6 pool for an IPv4 Service',
        { six: ['2001:db8::/64'] },
        {},
        'no pool can serve IPv4: six: no IPv4 addresses',
      ],
      [
        'a wanted address that is taken',
        blue,
        { annotations: wants('192.0.2.0') },
        '192.0.2.0 is in use by default/first and not shared with this Service: this Service has no sharing key (annotation metallb.io/allow-shared-ip)',
      ],
      ['an exhausted pool', { blue: ['192.0.2.0/32'] }, {}, 'no pool can serve IPv4: blue: no free IPv4 address'],
      [
        'a pool that does not exist',
        blue,
        { annotations: wantsPool('bleu') },
        'pool bleu is requested and does not exist',
      ],
      [
        'a pool without one of the families',
        blue,
        { spec: { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } },
        'no pool can serve IPv4 and IPv6: blue: no IPv6 addresses',
      ],
      [
        'a wanted address of another family',
        blue,
        { annotations: wants('2001:db8::1') },
        '2001:db8::1 is requested for a Service that is IPv4: ask for one address of each of its families',
      ],
      [
        'one wanted address for a Service of both families',
        dual,
        { annotations: wants('192.0.2.0'), spec: { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } },
        '192.0.2.0 is requested for a Service that is IPv4 and IPv6: ask for one address of each of its families',
      ],
      [
        'a wanted address that its pool avoids',
        { old: { addresses: ['198.51.100.0/24'], avoidBuggyIPs: true } },
        { annotations: wants('198.51.100.255') },
        'no pool gives out 198.51.100.255: pool old has avoidBuggyIPs, which leaves out .0 and .255',
      ],
      ['an address of nobody', blue, { annotations: wants('203.0.113.1') }, 'no pool gives out 203.0.113.1'],
      [
        'both the annotation and the field',
        blue,
        { annotations: wants('192.0.2.1'), spec: { loadBalancerIP: '192.0.2.1' } },
        'addresses are requested both by annotation and by spec.loadBalancerIP: keep one of them',
      ],
      [
        'two cluster IPs and SingleStack',
        dual,
        { spec: dualStack },
        'the Service has cluster IPs of both families and ipFamilyPolicy SingleStack',
      ],
    ]
    for (const [what, specs, text, message] of rows) {
      it(what, () => {
        allocator.setPools(pools(specs))
        told({ name: 'first' })
        expect(told(text)?.message).to.equal(message)
      })
    }
  })

  it('does not change with what others do, as long as they are in the way', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/31'], green: ['198.51.100.0/32'] }))
    for (const name of ['a', 'b', 'c']) told({ name })
    const before = told({})
    allocator.forget('default/a')
    told({ name: 'd' })
    told({ name: 'e' })
    expect(told({})).to.deep.equal(before)
  })

  it('has reasons that are all explained to the user, and no others are', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/conditions.md'), 'utf8')
    const section = page.slice(page.indexOf('## metallb.io/Allocated'))
    const documented = [...section.split('\n## ')[0]!.matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason)
    expect(documented).to.have.members(Object.keys(allocatedReasons))
  })
})
