import { expect } from 'chai'
import { type AdmissionRequest, admit, type Candidate } from './admission.ts'
import type { ConfigObjects } from './parse.ts'
import { bfd, bgp, layer2, peer, pool } from './testing/objects.ts'

const options = { namespace: 'metallb-system', backend: 'native' } as const

type Writing = Omit<AdmissionRequest, 'namespace'> & { namespace?: string }

const ask = (request: Writing, stored: Partial<ConfigObjects> = {}) =>
  admit({ namespace: 'metallb-system', ...request }, { pools: [], ...stored }, options)
const create = (kind: string, object: Candidate, stored?: Partial<ConfigObjects>) =>
  ask({ operation: 'CREATE', kind, object }, stored)
const update = (kind: string, oldObject: Candidate, object: Candidate, stored?: Partial<ConfigObjects>) =>
  ask({ operation: 'UPDATE', kind, object, oldObject }, stored)

const good = pool('good', ['192.0.2.0/24'])
const broken = pool('broken', ['nonsense'])

describe('admission', () => {
  it('allows what is right, without a word', () => {
    expect(create('IPAddressPool', good)).to.deep.equal({ allowed: true, code: 200, warnings: [] })
  })

  it('refuses with every fault of the object, each with its field and what to do, on a line of its own', () => {
    const { allowed, code, message } = create('IPAddressPool', pool('lan', ['192.0.2.9-192.0.2.1', '192.0.2.1']))
    expect({ allowed, code }).to.deep.equal({ allowed: false, code: 403 })
    expect(message?.split('\n')).to.have.length(2)
    expect(message).to.match(
      /^IPAddressPool lan: spec\.addresses\[0\]: "192.0.2.9-192.0.2.1" ends before it starts: write/,
    )
  })

  it('goes on about many faults for no longer than somebody reads, and says how many there are', () => {
    const { message } = create('IPAddressPool', pool('lan', Array(10_000).fill('nonsense')))
    expect(message)
      .to.have.length.below(40_000)
      .and.to.match(/10000 errors in all/)
  })

  it('refuses an object that another one is at odds with, whichever of the two the fault is found at', () => {
    const stored = { pools: [pool('zebra', ['192.0.2.0/24'])] }
    expect(create('IPAddressPool', pool('ant', ['192.0.2.0/28']), stored).message)
      .to.include('IPAddressPool zebra')
      .and.to.include('of pool ant')
  })

  it('compares an updated object with the others, not with what it was', () => {
    expect(update('IPAddressPool', good, pool('good', ['192.0.2.0/25']), { pools: [good] }).allowed).to.equal(true)
  })

  it('takes the former self from what is stored where the review does not bring it', () => {
    const request = { operation: 'UPDATE', kind: 'IPAddressPool', object: broken }
    expect(ask(request, { pools: [broken] }).allowed).to.equal(true)
    expect(ask(request, { pools: [pool('broken', ['192.0.2.0/24'])] }).allowed).to.equal(false)
  })

  it('creates an object although one of its name was stored a moment ago', () => {
    expect(create('IPAddressPool', good, { pools: [good] }).allowed).to.equal(true)
  })

  describe('beside an object that is broken already', () => {
    it('allows another object, and warns that it has no effect yet', () => {
      const { allowed, warnings } = create('IPAddressPool', good, { pools: [broken] })
      expect(allowed).to.equal(true)
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.match(
        /^the former configuration stays in force.*IPAddressPool broken: spec\.addresses\[0\]/,
      )
    })

    it('refuses another object that is broken, too, and names only its faults', () => {
      const { allowed, message } = create('IPAddressPool', pool('other', ['10.0.0.300/32']), { pools: [broken] })
      expect(allowed).to.equal(false)
      expect(message).to.include('IPAddressPool other').and.not.to.include('IPAddressPool broken')
    })

    it('allows to mend one fault of two, wherever the other one moves', () => {
      const twice = pool('broken', ['rubbish', 'nonsense'])
      expect(update('IPAddressPool', twice, broken, { pools: [twice] }).allowed).to.equal(true)
    })

    it('refuses a second fault of the same kind', () => {
      const twice = pool('broken', ['nonsense', 'nonsense'])
      expect(update('IPAddressPool', broken, twice, { pools: [broken] }).allowed).to.equal(false)
    })

    it('refuses to replace one fault by another', () => {
      expect(update('IPAddressPool', broken, pool('broken', ['rubbish']), { pools: [broken] }).allowed).to.equal(false)
    })

    it('warns of no more than a few faults', () => {
      const many = pool('broken', ['a', 'b', 'c', 'd', 'e'])
      expect(create('IPAddressPool', good, { pools: [many] }).warnings).to.have.length(3)
    })
  })

  describe('of references', () => {
    it('allows a peer whose profile and secret are yet to come', () => {
      const awaiting = peer('r1', { bfdProfile: 'fast', passwordSecret: { name: 'key' } })
      expect(create('BGPPeer', awaiting).allowed).to.equal(true)
    })

    it('allows an advertisement of a community that is yet to come', () => {
      expect(create('BGPAdvertisement', bgp('a', { communities: ['gold'] })).allowed).to.equal(true)
    })

    it('does not hold an advertisement against a pool, as in MetalLB', () => {
      const stored = { pools: [good], bgpAdvertisements: [bgp('a', { aggregationLength: 24 })] }
      expect(update('IPAddressPool', good, pool('good', ['192.0.2.0/28']), stored).allowed).to.equal(true)
    })

    it('refuses to delete a profile that peers use, and names them', () => {
      const stored = { bfdProfiles: [bfd('fast')], bgpPeers: [peer('r2', { bfdProfile: 'fast' }), peer('r1')] }
      const { allowed, message } = ask({ operation: 'DELETE', kind: 'BFDProfile', oldObject: bfd('fast') }, stored)
      expect(allowed).to.equal(false)
      expect(message).to.include('BGPPeer r2:')
    })

    it('allows to delete anything else, broken or not', () => {
      const stored = { pools: [good, broken], bfdProfiles: [bfd('fast')], bgpPeers: [peer('r1')] }
      for (const [kind, oldObject] of [
        ['BFDProfile', bfd('fast')],
        ['IPAddressPool', good],
        ['IPAddressPool', broken],
      ] as const)
        expect(ask({ operation: 'DELETE', kind, oldObject }, stored).allowed).to.equal(true)
    })
  })

  describe('outside of the namespace', () => {
    it('refuses to create, and says where', () => {
      const request = { operation: 'CREATE', kind: 'IPAddressPool', namespace: 'default', object: good }
      expect(ask(request).message).to.include('create it in metallb-system')
    })

    it('allows to update, and says that it has no effect', () => {
      const request = {
        operation: 'UPDATE',
        kind: 'IPAddressPool',
        namespace: 'default',
        object: broken,
        oldObject: good,
      }
      expect(ask(request)).to.have.property('allowed', true)
      expect(ask(request).warnings[0]).to.include('no effect')
    })

    it('allows to delete a profile that is used by its name elsewhere', () => {
      const request = { operation: 'DELETE', kind: 'BFDProfile', namespace: 'default', oldObject: bfd('fast') }
      expect(ask(request, { bgpPeers: [peer('r1', { bfdProfile: 'fast' })] }).allowed).to.equal(true)
    })
  })

  describe('of a peer with disableMP', () => {
    it('allows it with a warning', () => {
      expect(create('BGPPeer', peer('r1', { disableMP: true })).warnings.join()).to.include(
        'disableMP: true has no effect',
      )
    })

    it('checks the rest all the same', () => {
      expect(create('BGPPeer', peer('r1', { disableMP: true, peerAddress: 'bogus' }))).to.include({ allowed: false })
    })
  })

  it('lets an object go that is being deleted, whatever it says: its finalizers have to be removed', () => {
    const leaving = { ...broken, metadata: { name: 'broken', deletionTimestamp: '2026-01-01T00:00:00Z' } }
    expect(update('IPAddressPool', good, leaving).allowed).to.equal(true)
  })

  it('passes on what the parser warns of in this very object', () => {
    const { allowed, warnings } = create('BGPPeer', peer('r1', { holdTime: '0s', keepaliveTime: '0s' }))
    expect(allowed).to.equal(true)
    expect(warnings.join()).to.include('BGPPeer r1')
  })

  it('refuses a reservation that is at fault', () => {
    const reservation = (addresses: string[]) => ({ metadata: { name: 'kept' }, spec: { addresses, namespace: 'web' } })
    expect(create('IPReservation', reservation(['192.0.2.1'])).allowed).to.equal(true)
    expect(create('IPReservation', reservation(['nonsense'])).message).to.include(
      'IPReservation kept: spec.addresses[0]',
    )
    expect(update('IPReservation', reservation(['x']), reservation(['x'])).allowed).to.equal(true)
  })

  it('has no opinion on other kinds and operations', () => {
    expect(create('MetalLB', {}).allowed).to.equal(true)
    expect(ask({ operation: 'CONNECT', kind: 'IPAddressPool', object: broken }).allowed).to.equal(true)
    expect(create('constructor', {}).allowed).to.equal(true)
  })

  for (const object of [{}, { spec: null }, { spec: 'text' }, { metadata: {}, spec: { addresses: 7 } }]) {
    it(`refuses ${JSON.stringify(object)}, which no API server lets through, and never throws`, () => {
      for (const kind of ['IPAddressPool', 'IPReservation', 'BGPPeer']) {
        expect(create(kind, object).allowed, kind).to.equal(false)
      }
      for (const kind of ['L2Advertisement', 'BGPAdvertisement', 'BFDProfile', 'Community']) create(kind, object)
    })
  }

  it('is not stopped by a stored object that cannot be read', () => {
    const unreadable = layer2('odd', { nodeSelectors: 7 })
    expect(create('L2Advertisement', layer2('fine'), { l2Advertisements: [unreadable] }).allowed).to.equal(true)
  })
})
