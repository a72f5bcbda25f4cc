import { blue, checkRows, dual, prefersDual } from './testing/rows.ts'

describe('a second address', () => {
  checkRows({
    'completes one address where two are preferred': [
      {
        it: 'from the same pool',
        pools: dual,
        service: { spec: prefersDual, has: ['192.0.2.1'] },
        holds: 'dual 192.0.2.1 2001:db8::',
        events: ['IPAllocated'],
      },
      {
        it: 'or left alone when that pool has none',
        pools: { ...blue, six: ['2001:db8::/126'] },
        service: { spec: prefersDual, has: ['192.0.2.1'] },
        holds: 'blue 192.0.2.1',
        events: ['AdditionalAssignFailed'],
      },
      {
        it: 'but not in a single-stack cluster',
        pools: dual,
        service: { spec: { ipFamilyPolicy: 'PreferDualStack' }, has: ['192.0.2.1'] },
        holds: 'dual 192.0.2.1',
      },
    ],
  })
})
