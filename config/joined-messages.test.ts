import { expect } from 'chai'
import { joinMessages } from './joined-messages.ts'

describe('joinMessages', () => {
  it('puts each on a line of its own', () => {
    expect(joinMessages([])).to.equal('')
    expect(joinMessages(['a', 'b'])).to.equal('a\nb')
  })

  it('keeps within the limit of the schemas, and says how many errors there are', () => {
    const text = joinMessages(Array.from({ length: 40_000 }, () => 'x'))
    expect(text.length).to.be.within(32_700, 32_768)
    expect(text).to.match(/\.\.\. \(40000 errors in all\)$/)
  })
})
