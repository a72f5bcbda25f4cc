import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { pools, request } from './testing/requests.ts'
import { blue, checkRows, requiresDual, shares, wants } from './testing/rows.ts'

describe('an address is shared', () => {
  checkRows({
    'on these terms': [
      {
        it: 'with the same key and other ports, before a free address',
        pools: blue,
        others: [{ name: 'first', annotations: shares('k') }],
        service: { annotations: shares('k'), spec: { ports: [{ port: 443 }] } },
        holds: 'blue 192.0.2.0',
        events: ['IPAllocated'],
      },
      {
        it: 'TCP and UDP of one number are different ports',
        pools: blue,
        others: [{ name: 'first', annotations: shares('k') }],
        service: { annotations: shares('k'), spec: { ports: [{ port: 80, protocol: 'UDP' }] } },
        holds: 'blue 192.0.2.0',
        events: ['IPAllocated'],
      },
      {
        it: 'a port that is taken leads to the next address',
        pools: blue,
        others: [{ name: 'first', annotations: shares('k') }],
        service: { annotations: shares('k') },
        holds: 'blue 192.0.2.1',
        events: ['IPAllocated'],
      },
      {
        it: 'not without a key',
        pools: { blue: ['192.0.2.0/32'] },
        others: [{ name: 'first', annotations: shares('k') }],
        service: { spec: { ports: [{ port: 443 }] } },
        refusal: 'PoolExhausted',
        events: ['AllocationFailed'],
      },
      {
        it: 'not of an address asked for whose port is taken',
        pools: blue,
        others: [{ name: 'first', annotations: shares('k') }],
        service: { annotations: { ...shares('k'), ...wants('192.0.2.0') } },
        refusal: 'PortInUse',
        events: ['AllocationFailed'],
      },
      {
        it: 'with traffic policy Local only for the same pods',
        pools: { blue: ['192.0.2.0/32'] },
        others: [
          { name: 'first', annotations: shares('k'), spec: { externalTrafficPolicy: 'Local', selector: { a: '1' } } },
        ],
        service: {
          annotations: shares('k'),
          spec: { externalTrafficPolicy: 'Local', selector: { a: '2' }, ports: [{ port: 443 }] },
        },
        refusal: 'PoolExhausted',
        events: ['AllocationFailed'],
      },
      {
        it: 'with traffic policy Local for the same pods, the selector in another order',
        pools: { blue: ['192.0.2.0/32'] },
        others: [
          {
            name: 'first',
            annotations: shares('k'),
            spec: { externalTrafficPolicy: 'Local', selector: { a: '1', b: '2' } },
          },
        ],
        service: {
          annotations: shares('k'),
          spec: { externalTrafficPolicy: 'Local', selector: { b: '2', a: '1' }, ports: [{ port: 443 }] },
        },
        holds: 'blue 192.0.2.0',
        events: ['IPAllocated'],
      },
      {
        it: 'not with a key that reads like one for certain pods',
        pools: { blue: ['192.0.2.0/32'] },
        others: [
          { name: 'first', annotations: shares('k'), spec: { externalTrafficPolicy: 'Local', selector: { a: '1' } } },
        ],
        service: { annotations: shares('a=1 k'), spec: { ports: [{ port: 443 }] } },
        refusal: 'PoolExhausted',
        events: ['AllocationFailed'],
      },
      {
        it: 'of both addresses of a dual-stack Service',
        pools: { dual: ['192.0.2.0/32', '2001:db8::/128'] },
        others: [{ name: 'first', annotations: shares('k'), spec: requiresDual }],
        service: { annotations: shares('k'), spec: { ...requiresDual, ports: [{ port: 443 }] } },
        holds: 'dual 192.0.2.0 2001:db8::',
        events: ['IPAllocated'],
      },
    ],
  })

  it('says who is in the way of an address asked for', () => {
    const allocator = new Allocator()
    allocator.setPools(pools(blue))
    allocator.decide(request({ name: 'first', annotations: shares('k') }))
    const wanting = (annotations: Record<string, string>, spec: object = {}) =>
      allocator.decide(request({ annotations: { ...annotations, ...wants('192.0.2.0') }, spec })).refusal?.message
    expect(wanting({})).to.include('192.0.2.0 is in use by default/first').and.include('no sharing key')
    expect(wanting(shares('k'))).to.equal('port TCP/80 of 192.0.2.0 is in use by default/first')
  })
})
