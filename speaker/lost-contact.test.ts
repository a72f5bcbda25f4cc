import { expect } from 'chai'
import { LostContact } from './lost-contact.ts'

describe('speakers with which contact is lost', () => {
  it('are those that have not been heard for two minutes on end', () => {
    const contact = new LostContact()
    expect(contact.among(new Set(['n3', 'n2']), 0)).to.deep.equal([])
    expect(contact.among(new Set(['n3', 'n2']), 119_999)).to.deep.equal([])
    expect(contact.among(new Set(['n3', 'n2']), 120_000)).to.deep.equal(['n2', 'n3'])
  })

  it('are none that were heard meanwhile, or are not expected any more', () => {
    const contact = new LostContact()
    contact.among(new Set(['n2', 'n3']), 0)
    contact.among(new Set(['n3']), 60_000)
    expect(contact.among(new Set(['n2', 'n3']), 120_000)).to.deep.equal(['n3'])
  })
})
