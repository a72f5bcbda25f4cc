import { expect } from 'chai'
import { requestText } from './http-request.ts'

const get = { method: 'GET', path: '/api', headers: {}, body: undefined }

describe('the text of a request', () => {
  it('has the fields that have a value, and ends with an empty line', () => {
    const headers = { host: 'api.test', authorization: undefined, accept: 'a, b' }
    expect(requestText({ ...get, headers })).to.equal('GET /api HTTP/1.1\r\nhost: api.test\r\naccept: a, b\r\n\r\n')
  })

  it('tells the length of the body in bytes', () => {
    const text = requestText({ ...get, method: 'PUT', body: '"ä"' })
    expect(text).to.equal('PUT /api HTTP/1.1\r\ncontent-length: 4\r\n\r\n"ä"')
  })

  for (const value of ['a\r\nb: c', 'a\nb', 'a\0', 'ä'])
    it(`does not send ${JSON.stringify(value)} as a field`, () => {
      expect(() => requestText({ ...get, headers: { authorization: value } })).to.throw(TypeError, 'authorization')
    })

  for (const path of ['', '/a b', '/a\r\nhost: x', '/ä'])
    it(`does not ask for ${JSON.stringify(path)}`, () => {
      expect(() => requestText({ ...get, path })).to.throw(TypeError, 'encoded')
    })
})
