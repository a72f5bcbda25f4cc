import type { V1Condition, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { poolAnnotation } from '../allocation/annotations.ts'
import { parseAddress } from '../net/address.ts'
import { announcedPatch, statusPatch, type WantedStatus } from './status-patch.ts'

const now = new Date('2026-01-01T00:00:00.123Z')
const allocated = { status: 'True', reason: 'Allocated', message: '192.0.2.1 from pool blue' } as const
const told = { type: 'metallb.io/Allocated', ...allocated }
const announced = { status: 'True', reason: 'Announced', message: 'a node announces it' } as const
const toldAnnounced = { type: 'metallb.io/Announced', ...announced }
const blue = { [poolAnnotation]: 'blue' }

const service = (ingress: object[], annotations: Record<string, string> = {}, conditions?: object[]): V1Service => ({
  metadata: { name: 'web', resourceVersion: '7', annotations },
  status: {
    loadBalancer: { ingress: ingress as { ip: string }[] },
    ...(conditions === undefined ? {} : { conditions: conditions as V1Condition[] }),
  },
})
const assignment = (...texts: string[]): WantedStatus => ({
  status: { addresses: texts.map(parseAddress), pool: texts[0] && 'blue' },
  condition: undefined,
})
const nothing = assignment()
const patch = (present: V1Service, wanted: WantedStatus) => statusPatch(present, wanted, now)

describe('the patch of a status', () => {
  it('carries addresses, pool, condition and the version that it is for', () => {
    const wanted = { ...assignment('192.0.2.1', '2001:db8::1'), condition: allocated }
    expect(patch(service([]), wanted)).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: blue },
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] },
        conditions: [{ ...told, lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    })
  })

  it('removes all three when the Service is not ours any more, and no condition of others', () => {
    const foreign = { ...told, type: 'example.org/Probed' }
    expect(patch(service([{ ip: '192.0.2.1' }], blue, [foreign, told]), nothing)).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: { [poolAnnotation]: null } },
      status: { loadBalancer: { ingress: null }, conditions: [{ $patch: 'delete', type: 'metallb.io/Allocated' }] },
    })
  })

  it('says only what changes', () => {
    const wanted = { ...assignment('192.0.2.1'), condition: allocated }
    expect(patch(service([{ ip: '192.0.2.1' }], {}, [told]), wanted)).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: blue },
      status: {},
    })
  })

  it('leaves the time alone while the status of the condition is the same', () => {
    const wanted = { status: 'leave', condition: { ...allocated, message: 'another' } } as const
    expect(patch(service([], {}, [told]), wanted)).to.deep.equal({
      metadata: { resourceVersion: '7' },
      status: { conditions: [{ ...told, message: 'another' }] },
    })
  })

  it('sets the time when the status of the condition changes', () => {
    const failed = { status: 'False', reason: 'PoolExhausted', message: 'no free address' } as const
    expect(patch(service([], {}, [told]), { status: 'leave', condition: failed })).to.deep.include({
      status: { conditions: [{ type: told.type, ...failed, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    })
  })

  const rows: [what: string, present: V1Service, wanted: WantedStatus, isNeeded: boolean][] = [
    ['nothing is wanted and nothing is there', service([]), nothing, false],
    [
      'the same is there, with what the API server adds',
      service([{ ip: '192.0.2.1', ipMode: 'VIP' }], blue, [{ ...told, lastTransitionTime: '2025-01-01T00:00:00Z' }]),
      { ...assignment('192.0.2.1'), condition: allocated },
      false,
    ],
    ['only the annotation is missing', service([{ ip: '192.0.2.1' }]), assignment('192.0.2.1'), true],
    ['only the annotation is left', service([], blue), nothing, true],
    ['only the condition is left', service([], {}, [told]), nothing, true],
    ['a condition of others is there', service([], {}, [{ ...told, type: 'example.org/Probed' }]), nothing, false],
    ['a host name is there too', service([{ ip: '192.0.2.1', hostname: 'x' }], blue), assignment('192.0.2.1'), true],
    [
      'the order is another',
      service([{ ip: '2001:db8::1' }, { ip: '192.0.2.1' }], blue),
      assignment('192.0.2.1', '2001:db8::1'),
      true,
    ],
    [
      'what is there is to stay, whatever it is',
      service([{ ip: '192.0.2.1' }], {}, [told]),
      { status: 'leave', condition: allocated },
      false,
    ],
  ]
  for (const [what, present, wanted, isNeeded] of rows) {
    it(`is ${isNeeded ? '' : 'not '}needed when ${what}`, () => {
      expect(patch(present, wanted) !== undefined).to.equal(isNeeded)
    })
  }

  describe('says whether the Service is announced', () => {
    const address = [{ ip: '192.0.2.1' }]
    const lastTransitionTime = '2026-01-01T00:00:00Z'

    it('along with its first address', () => {
      const { status } = patch(service([]), { ...assignment('192.0.2.1'), condition: allocated, announced })!
      expect(status.conditions).to.deep.equal([
        { ...told, lastTransitionTime },
        { ...toldAnnounced, lastTransitionTime },
      ])
    })

    it('along with anything else, if nothing is said yet, and never by itself', () => {
      const wanted = { ...assignment('192.0.2.1'), condition: allocated, announced }
      const { status } = patch(service(address, {}, [told]), wanted)!
      expect(status.conditions).to.deep.equal([{ ...toldAnnounced, lastTransitionTime }])
      expect(patch(service(address, blue, [told]), wanted)).to.equal(undefined)
    })

    it('and leaves alone what is said already: that changes in its own time', () => {
      const wanted = { ...assignment('192.0.2.2'), condition: allocated, announced }
      const { status } = patch(service(address, blue, [told, { ...toldAnnounced, status: 'False' }]), wanted)!
      expect(status).to.deep.equal({ loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } })
    })

    it('no more when it has no address', () => {
      const condition = { status: 'False', reason: 'PoolExhausted', message: 'no free address' } as const
      for (const wanted of [{ ...nothing, condition }, { status: 'leave', condition } as const, nothing]) {
        const { status } = patch(service([], {}, [toldAnnounced]), { ...wanted, announced })!
        expect(status.conditions).to.deep.include({ $patch: 'delete', type: toldAnnounced.type })
      }
    })

    it('no more when it is not ours, though it has an address of somebody else', () => {
      const wanted = { status: { addresses: 'leave', pool: undefined }, condition: undefined } as const
      const { status } = patch(service(address, {}, [toldAnnounced]), wanted)!
      expect(status).to.deep.equal({ conditions: [{ $patch: 'delete', type: toldAnnounced.type }] })
    })

    it('by itself when it changes later, and never without an address', () => {
      const unreachable = { status: 'False', reason: 'NoSpeaker', message: 'every node' } as const
      const present = service(address, blue, [told, toldAnnounced])
      expect(announcedPatch(present, announced, now)).to.equal(undefined)
      expect(announcedPatch(present, unreachable, now)).to.deep.equal({
        metadata: { resourceVersion: '7' },
        status: { conditions: [{ type: toldAnnounced.type, ...unreachable, lastTransitionTime }] },
      })
      expect(announcedPatch(service([], blue, [told]), unreachable, now)).to.equal(undefined)
    })
  })
})
