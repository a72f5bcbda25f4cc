import { expect } from 'chai'
import { KnownMacs } from './known-macs.ts'

const mac = '02:00:00:00:00:01'

describe('Known MACs', () => {
  it('are forgotten when no source says them any more', () => {
    const macs = new KnownMacs()
    macs.set('member', 'x', [mac])
    macs.set('status', 'x', [mac])
    macs.set('member', 'x', [])
    expect(macs.nodeOf(mac)).to.equal('x')
    macs.set('status', 'x', [])
    expect(macs.nodeOf(mac)).to.equal(undefined)
  })

  it('stay those of a node that was set up anew under another name, when the old name is forgotten', () => {
    const macs = new KnownMacs()
    macs.set('member', 'old', [mac])
    macs.set('member', 'new', [mac])
    macs.set('member', 'old', [])
    expect(macs.nodeOf(mac)).to.equal('new')
  })

  it('are those of the old name again when the new one says another', () => {
    const macs = new KnownMacs()
    macs.set('status', 'old', [mac])
    macs.set('member', 'new', [mac])
    macs.set('member', 'new', ['02:00:00:00:00:02'])
    expect(macs.nodeOf(mac)).to.equal('old')
  })
})
