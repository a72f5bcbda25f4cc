import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { poolAnnotation } from '../allocation/annotations.ts'
import { normal, warning } from '../allocation/service-event.ts'
import { configError } from '../config/faults.ts'
import { parseAddress } from '../net/address.ts'
import { eventsOf, logLineOf, type Outcome, toldOf, withoutConfiguration } from './pass-report.ts'

const key = 'default/web'
const service = (...ips: string[]): V1Service => ({
  metadata: { annotations: ips.length > 0 ? { [poolAnnotation]: 'blue' } : {} },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
})
const allocated = normal('IPAllocated', 'assigned 192.0.2.1 from pool blue')
const failed = warning('AllocationFailed', 'no address for default/web: blue is full')
const outcome = (...ips: string[]): Outcome => ({
  status: { addresses: ips.map(parseAddress), pool: ips[0] && 'blue' },
  condition:
    ips.length > 0
      ? { status: 'True', reason: 'Allocated', message: `${ips} from pool blue` }
      : { status: 'False', reason: 'PoolExhausted', message: 'blue is full' },
  events: [],
})
const texts = (before: V1Service, after: Outcome) =>
  eventsOf(before, key, after).map(({ reason, message }) => `${reason}: ${message}`)
const error = configError('IPAddressPool', 'green', {
  code: 'range-descending',
  field: 'spec.addresses[0]',
  value: 'x',
})

describe('what is told about a pass', () => {
  const rows: [what: string, before: V1Service, after: Outcome, events: string[]][] = [
    [
      'an assignment is the event of the decision',
      service(),
      { ...outcome('192.0.2.1'), events: [allocated] },
      ['IPAllocated: assigned 192.0.2.1 from pool blue'],
    ],
    [
      'a replacement is a release too',
      service('192.0.2.9'),
      { ...outcome('192.0.2.1'), events: [allocated] },
      [
        'IPReleased: released 192.0.2.9 of pool blue: replaced by 192.0.2.1',
        'IPAllocated: assigned 192.0.2.1 from pool blue',
      ],
    ],
    [
      'a release that the decision has told is not told twice',
      service('192.0.2.9'),
      { ...outcome(), events: [normal('ClearAssignment', 'loses 192.0.2.9'), failed] },
      ['ClearAssignment: loses 192.0.2.9', 'AllocationFailed: no address for default/web: blue is full'],
    ],
    [
      'one that waits is told why, also where MetalLB says nothing',
      service(),
      { ...outcome(), condition: { status: 'False', reason: 'NoPools', message: 'there is no IPAddressPool' } },
      ['NoPools: no address for default/web: there is no IPAddressPool'],
    ],
    [
      'one that waits is not told twice',
      service(),
      { ...outcome(), events: [failed] },
      ['AllocationFailed: no address for default/web: blue is full'],
    ],
    [
      'a release by a change of type is told though the API server has cleared the status',
      { ...service(), spec: { type: 'ClusterIP' } },
      { ...outcome(), condition: undefined, released: ['192.0.2.9'] },
      ['IPReleased: released 192.0.2.9: its type is ClusterIP'],
    ],
    [
      'an address that stays though the request is wrong comes with what is wrong',
      service('192.0.2.9'),
      { status: 'leave', condition: { status: 'True', reason: 'InvalidRequest', message: 'keeps it' }, events: [] },
      ['LoadBalancerFailed: keeps it'],
    ],
    ['nothing is nothing', service('192.0.2.1'), outcome('192.0.2.1'), []],
  ]
  for (const [what, before, after, events] of rows) {
    it(`${what}`, () => {
      expect(texts(before, after)).to.deep.equal(events)
    })
  }

  it('is one line of the log with who has what from where and why', () => {
    expect(logLineOf(service(), outcome('192.0.2.1'))).to.deep.equal({
      message: 'address assigned',
      fields: {
        ...{ assigned: '192.0.2.1', released: undefined, pool: 'blue', formerPool: undefined },
        ...{ reason: 'Allocated', why: '192.0.2.1 from pool blue' },
      },
    })
    expect(logLineOf(service('192.0.2.1'), outcome())).to.deep.include({ message: 'address released' })
  })

  it('says in the log why an address was released, though the Service has no condition any more', () => {
    const line = logLineOf(
      { ...service(), spec: { type: 'ClusterIP' } },
      { ...outcome(), condition: undefined, released: ['192.0.2.9'] },
    )
    expect(line).to.deep.include({ message: 'address released' })
    expect(line.fields).to.include({ released: '192.0.2.9', why: 'its type is ClusterIP' })
  })

  it('says in the log what took an address back, beside what is so now, and from which pool it was', () => {
    const cleared = [normal('ClearAssignment', 'loses 192.0.2.9')]
    const line = logLineOf(service('192.0.2.9'), { ...outcome(), events: cleared })
    expect(line.fields).to.include({ pool: 'blue', why: 'loses 192.0.2.9; blue is full' })
    const { status } = outcome('192.0.2.1')
    const green = { ...outcome('192.0.2.1'), status: { ...(status as object), pool: 'green' } as typeof status }
    const replaced = logLineOf(service('192.0.2.9'), green)
    expect(replaced).to.deep.include({ message: 'address replaced' })
    expect(replaced.fields).to.include({ pool: 'green', formerPool: 'blue' })
  })

  it('names the fault that keeps the newest configuration from being in force, to those who wait', () => {
    const waiting = { ...outcome(), events: [failed] }
    const told = toldOf(waiting, { loaded: true, errors: [error, error], warnings: [] })
    const note = `. An older configuration is in force: ${error.message} (and 1 more error)`
    expect(told.condition?.message).to.equal(`blue is full${note}`)
    expect(texts(service(), told)).to.deep.equal([`AllocationFailed: no address for default/web: blue is full${note}`])
    expect(toldOf(waiting, { loaded: true, errors: [], warnings: [] })).to.equal(waiting)
    const served = outcome('192.0.2.1')
    expect(toldOf(served, { loaded: true, errors: [error], warnings: [] })).to.equal(served)
  })

  it('says that there is no configuration at all, and touches nothing', () => {
    expect(withoutConfiguration({ loaded: false, errors: [error], warnings: [] })).to.deep.include({
      status: 'leave',
      condition: {
        ...{ status: 'False', reason: 'ConfigurationError' },
        message: `no configuration is in force: ${error.message}`,
      },
    })
  })
})
