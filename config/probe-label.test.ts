import { expect } from 'chai'
import { probeLabelOf } from './probe-label.ts'

describe('the label of an AddressProbe', () => {
  it('is the name of the node', () => expect(probeLabelOf('n1.example.org')).to.equal('n1.example.org'))

  it('is as long as a label may be where the name is longer, and another one for each name', () => {
    const [a, b] = ['a', 'b'].map((end) => probeLabelOf(`${'n'.repeat(100)}${end}`))
    expect(a).to.have.length(63).and.not.to.equal(b)
    expect(a).to.match(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])$/)
  })
})
