import { expect } from 'chai'
import { parseHealthUrl } from './health-url.ts'

describe('the URL of the dataplane gate', () => {
  it('is none where nothing is given', () => expect(parseHealthUrl('')).to.equal(undefined))

  for (const text of ['http://127.0.0.1:10256/healthz', 'http://[::1]:10256/', 'http://localhost:10256/livez']) {
    it(`may be ${text}`, () => expect(parseHealthUrl(text)?.protocol).to.equal('http:'))
  }

  for (const text of ['https://127.0.0.1:10256/healthz', '127.0.0.1:10256', 'localhost:10256/healthz', 'yes']) {
    it(`is refused when it is ${text}, with an example`, () =>
      expect(() => parseHealthUrl(text)).to.throw('give an address such as http://127'))
  }
})
