import { expect } from 'chai'
import { SharedAddresses } from './shared-addresses.ts'

describe('SharedAddresses', () => {
  let shared: SharedAddresses
  beforeEach(() => {
    shared = new SharedAddresses()
    shared.set('web/a', ['192.0.2.2', '2001:db8::2'])
    shared.set('web/b', ['2001:db8::2', '192.0.2.9'])
  })
  const deciding = (...services: string[]): string[] => services.map((service) => shared.deciding(service))

  it('goes by the first address of a Service that shares none', () => {
    shared.set('web/c', ['2001:db8::7', '192.0.2.1'])
    expect(deciding('web/c')).to.deep.equal(['2001:db8::7'])
  })

  it('goes by one of the first addresses where Services share any', () => {
    expect(deciding('web/a', 'web/b')).to.deep.equal(['192.0.2.2', '192.0.2.2'])
  })

  it('joins Services by way of others, and says whom it concerns', () => {
    expect(shared.set('web/c', ['192.0.2.9', '192.0.2.1'])).to.deep.equal(new Set(['web/a', 'web/b']))
    expect(deciding('web/a', 'web/b', 'web/c')).to.deep.equal(['192.0.2.2', '192.0.2.2', '192.0.2.2'])
    expect(shared.delete('web/b')).to.deep.equal(new Set(['web/a', 'web/c']))
    expect(deciding('web/a', 'web/c')).to.deep.equal(['192.0.2.2', '192.0.2.9'])
  })

  it('says whom a change of addresses concerns: those of before and those of now', () => {
    shared.set('web/c', ['198.51.100.1'])
    expect(shared.set('web/a', ['198.51.100.1'])).to.deep.equal(new Set(['web/b', 'web/c']))
  })

  it('concerns nobody when nothing changes', () => {
    expect(shared.set('web/a', ['192.0.2.2', '2001:db8::2'])).to.have.length(0)
  })
})
