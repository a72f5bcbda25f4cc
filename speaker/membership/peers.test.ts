import { expect } from 'chai'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { Peers } from './peers.ts'

const minute = 60_000
const peer = (name: string, address: string) => ({ name, address: parseAddress(address) })

describe('the peers of a speaker', () => {
  let peers: Peers

  beforeEach(() => {
    peers = new Peers('n1')
  })

  const addressOf = (name: string) => {
    const address = peers.addressOf(name)
    return address && formatAddress(address)
  }

  it('are all that the API names but itself', () => {
    peers.list([peer('n1', '192.0.2.1'), peer('n2', '192.0.2.2')], 0)
    expect(peers.names(0)).to.deep.equal(['n2'])
    expect(addressOf('n2')).to.equal('192.0.2.2')
    expect(peers.nameOf(parseAddress('192.0.2.2'))).to.equal('n2')
    expect(peers.nameOf(parseAddress('192.0.2.1'))).to.equal(undefined)
  })

  it('stay on the list for two minutes when their pods are gone, so that an update of all speakers changes nothing', () => {
    peers.list([peer('n2', '192.0.2.2')], 0)
    expect(peers.dueMillis).to.equal(Infinity)
    peers.list([], minute)
    peers.list([], 2 * minute)
    expect(peers.dueMillis).to.equal(3 * minute)
    expect(peers.names(3 * minute - 1)).to.deep.equal(['n2'])
    expect(peers.names(3 * minute)).to.deep.equal([])
  })

  it('that are back in time are listed as before, at their new address', () => {
    peers.list([peer('n2', '192.0.2.2')], 0)
    peers.list([], minute)
    peers.list([peer('n2', '192.0.2.22')], 2 * minute)
    expect(peers.names(10 * minute)).to.deep.equal(['n2'])
    expect(addressOf('n2')).to.equal('192.0.2.22')
  })

  it('can be heard before the API names them, and are known by where they were heard', () => {
    peers.heard('n3', parseAddress('192.0.2.3'))
    expect(peers.names(0)).to.deep.equal([])
    expect(addressOf('n3')).to.equal('192.0.2.3')
    expect(peers.nameOf(parseAddress('192.0.2.3'))).to.equal('n3')
    peers.list([peer('n3', '192.0.2.33')], 0)
    expect(addressOf('n3')).to.equal('192.0.2.33')
  })

  it('can be had a few at a time, in turns', () => {
    peers.list(
      [2, 3, 4].map((number) => peer(`n${number}`, `192.0.2.${number}`)),
      0,
    )
    const some = () => peers.some(2).map(formatAddress)
    expect([some(), some(), some()]).to.deep.equal([
      ['192.0.2.2', '192.0.2.3'],
      ['192.0.2.4', '192.0.2.2'],
      ['192.0.2.3', '192.0.2.4'],
    ])
  })
})
