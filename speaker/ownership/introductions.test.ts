import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { Introductions } from './introductions.ts'

const pod = '10.0.0.2'
const claim = (mac: string) => ({
  ...{ address: parseAddress(pod), mac, sender: mac, interface: 'eth0' },
  kind: 'reply' as const,
})

describe('Introductions', () => {
  let asked: number
  let looked: number
  let introductions: Introductions

  beforeEach(() => {
    asked = 0
    looked = 0
    introductions = new Introductions({ solicit: () => asked++, look: () => looked++ })
    introductions.set(new Map([[pod, 'y']]), 0)
  })

  it('ask for the MACs of speakers that were never heard, and look at what they have when one is learnt', () => {
    introductions.due(0)
    expect([asked, looked]).to.deep.equal([1, 0])
    expect(introductions.heard(claim('02:00:00:00:00:02'), 1)?.node).to.equal('y')
    introductions.due(introductions.dueMillis)
    expect([asked, looked]).to.deep.equal([2, 1])
  })

  it('do not go on without end where two interfaces of a node answer for one address', () => {
    for (let millis = 0; millis < 60_000; millis++) {
      if (millis < introductions.dueMillis) continue
      introductions.due(millis)
      for (const mac of ['02:00:00:00:00:02', '02:00:00:00:00:03']) introductions.heard(claim(mac), millis + 1)
    }
    expect(asked).to.be.at.most(15)
    expect(looked).to.be.at.most(6)
  })

  it('know all MACs of a node, and no more than a node has', () => {
    for (let i = 10; i < 60; i++) introductions.heard(claim(`02:00:00:00:00:${i}`), 1)
    expect(introductions.heard(claim('02:00:00:00:00:99'), 2)).to.equal(undefined)
    expect(introductions.heard(claim('02:00:00:00:00:11'), 2)?.macs).to.have.length(8)
  })

  it('are done when all were heard', () => {
    introductions.set(new Map(), 100)
    expect(introductions.isDone).to.equal(true)
    expect(introductions.dueMillis).to.equal(Number.POSITIVE_INFINITY)
  })
})
