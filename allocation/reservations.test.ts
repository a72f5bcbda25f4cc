import { expect } from 'chai'
import type { Labels } from '../config/selector.ts'
import { formatAddress } from '../net/address.ts'
import { Allocator } from './allocator.ts'
import { holdingOf, pools, request, reservation, type ServiceText } from './testing/requests.ts'
import { prefersDual, requiresDual, shares, wants, wantsPool } from './testing/rows.ts'

const dual = ['192.0.2.0/29', '2001:db8::/125']

describe('a reservation', () => {
  let allocator: Allocator
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (key = 'default/web') => holdingOf(allocator, key)
  const reserve = (name: string, addresses: string[], whom: string) =>
    allocator.setReservation(name, reservation(name, addresses, whom))
  const end = (name: string) => [...allocator.setReservation(name, undefined)]

  beforeEach(() => {
    allocator = new Allocator()
    allocator.setPools(pools({ blue: dual }))
  })

  describe('is for', () => {
    const rows: [whom: string, text: ServiceText][] = [
      ['default/web', {}],
      ['default', {}],
      ['app=web', { labels: { app: 'web' } }],
    ]
    for (const [whom, text] of rows) {
      it(`${whom}, who takes it before a lower free address`, () => {
        reserve('r', ['192.0.2.5'], whom)
        decide(text)
        expect(holding()).to.equal('blue 192.0.2.5')
      })
    }

    it('nobody else', () => {
      reserve('r', ['192.0.2.0', '192.0.2.1'], 'default/other')
      decide({})
      expect(holding()).to.equal('blue 192.0.2.2')
      expect(allocator.pool('blue')?.counters().availableIPv4).to.equal(5n)
    })

    it('the Service that is named alone, though others are meant by namespace or labels', () => {
      reserve('named', ['192.0.2.0'], 'default/gone')
      reserve('team', ['192.0.2.0/31'], 'default')
      reserve('label', ['192.0.2.0/31'], 'app=web')
      decide({ labels: { app: 'web' } })
      expect(holding()).to.equal('blue 192.0.2.1')
      decide({ name: 'w2', labels: { app: 'web' } })
      expect(holding('default/w2')).to.equal('blue 192.0.2.2')
      const { condition } = decide({ name: 'w3', annotations: wants('192.0.2.0') })
      expect(condition?.message).to.equal('192.0.2.0 is kept for Service default/gone by IPReservation named')
    })

    it('those of a namespace in turn, when an address of it is not for a named one any more', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
      reserve('named', ['192.0.2.0'], 'default/gone')
      reserve('team', ['192.0.2.0/31'], 'default')
      for (const name of ['w1', 'w2', 'w3']) expect(decide({ name }).wake).to.deep.equal([])
      expect(end('named')).to.deep.equal(['default/w2'])
      expect(decide({ name: 'w2' }).wake).to.deep.equal([])
      expect(holding('default/w2')).to.equal('blue 192.0.2.0')
    })

    it('the Service by name first, then by labels, then by namespace', () => {
      reserve('a', ['192.0.2.1'], 'default')
      reserve('b', ['192.0.2.2'], 'app=web')
      reserve('c', ['192.0.2.3'], 'default/web')
      for (const name of ['web', 'w2', 'w3']) decide({ name, labels: { app: 'web' } })
      expect(holding()).to.equal('blue 192.0.2.3')
      expect(holding('default/w2')).to.equal('blue 192.0.2.2')
      expect(holding('default/w3')).to.equal('blue 192.0.2.1')
    })
  })

  describe('is taken', () => {
    it('from a pool without autoAssign, in which nothing else is given out', () => {
      allocator.setPools(pools({ blue: dual, manual: { addresses: ['198.51.100.0/24'], autoAssign: false } }))
      reserve('r', ['198.51.100.7'], 'default')
      decide({})
      decide({ name: 'next' })
      expect(holding()).to.equal('manual 198.51.100.7')
      expect(holding('default/next')).to.equal('blue 192.0.2.0')
    })

    it('not from a pool that is for others', () => {
      const closed = { addresses: ['198.51.100.0/24'], serviceAllocation: { namespaces: ['shop'] } }
      allocator.setPools(pools({ blue: dual, closed }))
      reserve('r', ['198.51.100.7'], 'default/web')
      decide({})
      expect(holding()).to.equal('blue 192.0.2.0')
    })

    it('only in the pool that is asked for', () => {
      allocator.setPools(pools({ blue: dual, green: ['198.51.100.0/24'] }))
      reserve('r', ['198.51.100.7'], 'default/web')
      decide({ annotations: wantsPool('blue') })
      expect(holding()).to.equal('blue 192.0.2.0')
    })

    it('with the address of the other family from the same pool', () => {
      allocator.setPools(
        pools({ blue: dual, manual: { addresses: ['198.51.100.0/24', 'fd00::/64'], autoAssign: false } }),
      )
      reserve('r', ['fd00::7'], 'default/web')
      decide({ spec: requiresDual })
      expect(holding()).to.equal('manual 198.51.100.0 fd00::7')
    })

    it('alone where two are preferred and its pool has no other', () => {
      allocator.setPools(pools({ blue: dual, four: ['198.51.100.0/24'] }))
      reserve('r', ['198.51.100.7'], 'default/web')
      decide({ spec: prefersDual })
      expect(holding()).to.equal('four 198.51.100.7')
    })

    it('not where two are required and its pool has no other', () => {
      allocator.setPools(pools({ blue: dual, four: ['198.51.100.0/24'] }))
      reserve('r', ['198.51.100.7'], 'default/web')
      decide({ spec: requiresDual })
      expect(holding()).to.equal('blue 192.0.2.0 2001:db8::')
    })

    it('also where somebody who shares it is on it', () => {
      decide({ name: 'first', annotations: shares('k') })
      decide({ name: 'second', annotations: { ...shares('k'), ...wants('192.0.2.3') } })
      reserve('r', ['192.0.2.3'], 'default/web')
      decide({ annotations: shares('k'), spec: { ports: [{ port: 443 }] } })
      expect(holding()).to.equal('blue 192.0.2.3')
    })
  })

  it('says for whom an address is that a stranger asks for', () => {
    reserve('front', ['192.0.2.1'], 'shop/web')
    reserve('team', ['192.0.2.2'], 'shop')
    reserve('label', ['192.0.2.3'], 'app=web')
    const message = (address: string) => decide({ annotations: wants(address) }).condition?.message
    expect(message('192.0.2.1')).to.equal('192.0.2.1 is kept for Service shop/web by IPReservation front')
    expect(message('192.0.2.2')).to.equal('192.0.2.2 is kept for namespace shop by IPReservation team')
    expect(message('192.0.2.3')).to.equal('192.0.2.3 is kept for Services with app=web by IPReservation label')
  })

  it('does not hide that its pool has nothing else either', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/32'], manual: { addresses: ['198.51.100.0/32'], autoAssign: false } }))
    decide({ name: 'first' })
    decide({ name: 'second', annotations: wantsPool('manual') })
    reserve('r', ['192.0.2.0', '198.51.100.0'], 'default/web')
    expect(decide({}).condition?.message).to.equal(
      'no pool can serve IPv4: blue: no free IPv4 address; manual: the addresses kept for this Service are in use',
    )
  })

  it('is what others hear of where everything is kept and nothing in use', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
    reserve('r', ['192.0.2.0/31'], 'shop')
    expect(decide({}).condition?.message).to.include('no free IPv4 address (all are kept by IPReservations, or')
    expect(decide({}).condition?.reason).to.equal('PoolExhausted')
  })

  it('gives a Service that is made again the same address', () => {
    decide({ name: 'first' })
    decide({})
    reserve('kept', ['192.0.2.1'], 'default/web')
    allocator.forget('default/first')
    allocator.forget('default/web')
    decide({ name: 'other' })
    decide({ name: 'another' })
    decide({})
    expect(holding()).to.equal('blue 192.0.2.1')
  })

  it('does not stop those who share an address from sharing it', () => {
    decide({ annotations: shares('k') })
    reserve('kept', ['192.0.2.0'], 'default/web')
    decide({ name: 'next', annotations: shares('k'), spec: { ports: [{ port: 443 }] } })
    expect(holding('default/next')).to.equal('blue 192.0.2.0')
  })

  describe('knows who uses its addresses', () => {
    const labels: Record<string, Labels> = { 'default/web': { app: 'web' } }
    const strangers = () =>
      allocator
        .strangersOn('r', (service) => labels[service] ?? {})
        .map(({ address, service }) => `${service} on ${formatAddress(address)}`)

    it('although they are not for them; those stay', () => {
      decide({})
      decide({ name: 'a' })
      decide({ name: 'b' })
      reserve('r', ['192.0.2.0/31'], 'default/web')
      decide({ name: 'a', has: ['192.0.2.1'] })
      expect(strangers()).to.deep.equal(['default/a on 192.0.2.1'])
      expect(holding('default/a')).to.equal('blue 192.0.2.1')
    })

    it('by their labels, too', () => {
      decide({})
      decide({ name: 'a' })
      reserve('r', ['192.0.2.0/31'], 'app=web')
      expect(strangers()).to.deep.equal(['default/a on 192.0.2.1'])
    })

    it('not counting those who share with one for whom it is', () => {
      decide({ annotations: shares('k') })
      decide({ name: 'a', annotations: shares('k'), spec: { ports: [{ port: 443 }] } })
      reserve('r', ['192.0.2.0'], 'default/web')
      expect(strangers()).to.deep.equal([])
    })

    it('and tells when to ask again', () => {
      reserve('r', ['192.0.2.0/31'], 'default/web')
      reserve('s', ['192.0.2.7'], 'default/web')
      expect([...allocator.takeReused()]).to.have.members(['r', 's'])
      decide({})
      expect([...allocator.takeReused()]).to.deep.equal(['r'])
      decide({ name: 'other' })
      expect([...allocator.takeReused()]).to.deep.equal([])
      allocator.forget('default/web')
      expect([...allocator.takeReused()]).to.deep.equal(['r'])
    })
  })

  describe('touches only whom it concerns', () => {
    beforeEach(() => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      for (const name of ['a', 'b', 'c', 'd']) decide({ name })
      decide({ name: 'waits', labels: { app: 'web' } })
      decide({ name: 'waits', namespace: 'shop' })
      decide({ name: 'asks', annotations: wants('192.0.2.0') })
    })

    it('when it is made: those for whom it is, and who asks for its addresses', () => {
      expect([...reserve('r', ['192.0.2.3'], 'shop')]).to.deep.equal(['shop/waits'])
      expect([...reserve('s', ['192.0.2.3'], 'app=web')]).to.deep.equal(['default/waits'])
      expect([...reserve('t', ['192.0.2.0'], 'default/a')]).to.deep.equal(['default/asks'])
      expect([...reserve('u', ['198.51.100.0'], 'default/a')]).to.deep.equal([])
    })

    it('when it is the same: nobody', () => {
      reserve('r', ['192.0.2.3'], 'shop')
      expect([...reserve('r', ['192.0.2.3'], 'shop')]).to.deep.equal([])
    })

    it('when its address is given up: one for whom it is', () => {
      reserve('r', ['192.0.2.3'], 'shop')
      decide({ name: 'waits', namespace: 'shop' })
      expect(allocator.forget('default/d')).to.deep.equal(['shop/waits'])
    })

    it('when a pool has its address all of a sudden: those for whom it is', () => {
      reserve('r', ['198.51.100.5'], 'shop')
      decide({ name: 'waits', namespace: 'shop' })
      const touched = allocator.setPools(pools({ blue: ['192.0.2.0/30', '198.51.100.5/32'] }))
      expect([...touched]).to.have.members(['shop/waits', 'default/asks'])
    })

    it('when it ends: one of those who wait for the pool', () => {
      reserve('r', ['192.0.2.3'], 'other')
      expect(allocator.forget('default/d')).to.deep.equal([])
      expect(end('r')).to.deep.equal(['default/waits'])
    })
  })
})
