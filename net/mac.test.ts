import { expect } from 'chai'
import fc from 'fast-check'
import { AddressError } from './address.ts'
import { limits } from './arbitraries.ts'
import { formatMac, parseMac } from './mac.ts'

describe('a MAC address', () => {
  it('is understood in either case and written in lower case', () => {
    expect(formatMac(parseMac('02:00:5E:10:00:0f'))).to.equal('02:00:5e:10:00:0f')
  })

  for (const text of [
    '',
    '02:00:5e:10:00',
    '02:00:5e:10:00:01:02',
    '2:0:5e:10:0:1',
    '02-00-5e-10-00-01',
    '02:00:5e:10:00:0g',
    '02:00:5e:10:00:01\n',
  ]) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      expect(() => parseMac(text))
        .to.throw(AddressError)
        .that.includes({ code: 'bad-mac' })
    })
  }

  it('is understood again after formatting', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        expect([...parseMac(formatMac(bytes))]).to.deep.equal([...bytes])
      }),
      limits,
    )
  })
})
