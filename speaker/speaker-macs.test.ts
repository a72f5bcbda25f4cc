import { expect } from 'chai'
import type { KubeClient } from '../kube/client.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { SpeakerMacs } from './speaker-macs.ts'

describe('the hardware addresses of other speakers', () => {
  let clock: VirtualClock
  let lists: number
  let fails: boolean
  let warnings: number
  let seen: string[]
  let macs: SpeakerMacs

  beforeEach(() => {
    clock = new VirtualClock()
    lists = 0
    fails = false
    warnings = 0
    seen = []
    const list = async () => {
      lists++
      if (fails) throw new Error('no API server')
      return { items: [{ metadata: { name: 'n2' }, status: { hardwareAddresses: ['02:00:00:00:00:02'] } }] }
    }
    const silent = { debug() {}, info() {}, error() {}, warn: () => void warnings++, child: () => silent }
    macs = new SpeakerMacs({
      ...{ client: { list } as unknown as Pick<KubeClient, 'list'>, namespace: 'metallb-system', clock, log: silent },
      onMacs: (node, addresses) => seen.push(`${node} ${addresses.join()}`),
    })
  })

  it('are read when they are wanted, at most every ten seconds', async () => {
    await clock.advance(60_000)
    expect(lists).to.equal(0)
    for (let wish = 0; wish < 3; wish++) macs.want()
    await clock.advance(1)
    expect([lists, seen]).to.deep.equal([1, ['n2 02:00:00:00:00:02']])
    macs.want()
    await clock.advance(9000)
    expect(lists).to.equal(1)
    await clock.advance(1000)
    expect(lists).to.equal(2)
  })

  it('may not be had for now', async () => {
    fails = true
    macs.want()
    await clock.advance(1)
    expect([warnings, seen]).to.deep.equal([1, []])
  })

  it('are of no use any more when the speaker stops', async () => {
    macs.want()
    macs.close()
    await clock.advance(20_000)
    macs.want()
    await clock.advance(20_000)
    expect(lists).to.equal(0)
  })
})
