import { expect } from 'chai'
import { formatGeneration, generationOf } from './generation.ts'

const none = { pools: [], l2Advertisements: [], bgpAdvertisements: [], bgpPeers: [], bfdProfiles: [], communities: [] }
const object = (name: string, generation: number, uid = `uid-${name}`) => ({ metadata: { name, generation, uid } })
const pool = (...given: Parameters<typeof object>) => ({ ...object(...given), spec: { addresses: ['192.0.2.0/24'] } })
const base = { ...none, pools: [pool('a', 1), pool('b', 1)] }

describe('the generation of a configuration', () => {
  it('is the same in whatever order a watch has the objects', () =>
    expect(generationOf({ ...base, pools: [...base.pools].reverse() })).to.equal(generationOf(base)))

  it('does not move with labels, statuses and versions of a resource', () => {
    const [a, b] = base.pools
    const metadata = { ...a!.metadata, labels: { x: 'y' }, annotations: { x: 'y' }, resourceVersion: '9' }
    const touched = {
      ...a!,
      metadata,
      status: { assignedIPv4: 3, assignedIPv6: 0, availableIPv4: 1, availableIPv6: 0 },
    }
    expect(generationOf({ ...base, pools: [touched, b!] })).to.equal(generationOf(base))
  })

  for (const [what, pools] of [
    ['a changed spec', [pool('a', 2), pool('b', 1)]],
    ['an object that was deleted', [pool('a', 1)]],
    ['an object that was deleted and made again', [pool('a', 1, 'another'), pool('b', 1)]],
    ['a new object', [...base.pools, pool('c', 1)]],
  ] as const) {
    it(`moves with ${what}`, () => expect(generationOf({ ...base, pools })).not.to.equal(generationOf(base)))
  }

  it('tells kinds apart', () => {
    const bfd = generationOf({ ...none, bfdProfiles: [object('a', 1)] })
    expect(bfd).not.to.equal(generationOf({ ...none, communities: [object('a', 1)] }))
  })

  it('is 32 bits, written as eight hexadecimal digits', () => {
    expect(generationOf(base)).to.be.within(0, 2 ** 32 - 1)
    expect(formatGeneration(0x1f)).to.equal('0000001f')
    expect(formatGeneration(2 ** 32 - 1)).to.equal('ffffffff')
  })
})
