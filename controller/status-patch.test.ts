import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { poolAnnotation } from '../allocation/annotations.ts'
import { parseAddress } from '../net/address.ts'
import { statusPatch } from './status-patch.ts'

const service = (ingress: object[], annotations: Record<string, string> = {}): V1Service => ({
  metadata: { name: 'web', resourceVersion: '7', annotations },
  status: { loadBalancer: { ingress: ingress as { ip: string }[] } },
})
const assignment = (...texts: string[]) => ({ addresses: texts.map(parseAddress), pool: texts[0] && 'blue' })
const nothing = assignment()

describe('the patch of a status', () => {
  it('carries addresses, pool and the version that it is for', () => {
    expect(statusPatch(service([]), assignment('192.0.2.1', '2001:db8::1'))).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: { [poolAnnotation]: 'blue' } },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] } },
    })
  })

  it('removes both when there is nothing', () => {
    expect(statusPatch(service([{ ip: '192.0.2.1' }], { [poolAnnotation]: 'blue' }), nothing)).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: { [poolAnnotation]: null } },
      status: { loadBalancer: { ingress: null } },
    })
  })

  const rows: [what: string, present: V1Service, wanted: Parameters<typeof statusPatch>[1], isNeeded: boolean][] = [
    ['nothing is wanted and nothing is there', service([]), nothing, false],
    [
      'the same is there, with what the API server adds',
      service([{ ip: '192.0.2.1', ipMode: 'VIP' }], { [poolAnnotation]: 'blue' }),
      assignment('192.0.2.1'),
      false,
    ],
    ['only the annotation is missing', service([{ ip: '192.0.2.1' }]), assignment('192.0.2.1'), true],
    ['only the annotation is left', service([], { [poolAnnotation]: 'blue' }), nothing, true],
    [
      'a host name is there too',
      service([{ ip: '192.0.2.1', hostname: 'x' }], { [poolAnnotation]: 'blue' }),
      assignment('192.0.2.1'),
      true,
    ],
    [
      'the order is another',
      service([{ ip: '2001:db8::1' }, { ip: '192.0.2.1' }], { [poolAnnotation]: 'blue' }),
      assignment('192.0.2.1', '2001:db8::1'),
      true,
    ],
  ]
  for (const [what, present, wanted, isNeeded] of rows) {
    it(`is ${isNeeded ? '' : 'not '}needed when ${what}`, () => {
      expect(statusPatch(present, wanted) !== undefined).to.equal(isNeeded)
    })
  }
})
