import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import fc from 'fast-check'
import { type TarEntry, writeTar } from './tar.ts'

const file = (path: string, content: string, mode = 0o644): TarEntry => ({
  kind: 'file',
  path,
  mode,
  content: Buffer.from(content),
})
const tar = (args: string[], input: Buffer) => execFileSync('tar', args, { input, encoding: 'utf8' })

describe('writeTar', () => {
  it('writes what tar reads: sorted, owned by root, at time 0, with the missing parents', () => {
    const archive = writeTar([
      file('usr/bin/node', 'x'.repeat(513), 0o755),
      { kind: 'directory', path: 'tmp', mode: 0o1777 },
      file('etc/passwd', ''),
    ])
    const lines = tar(['-tvf', '-', '--numeric-owner', '--utc'], archive).trim().split('\n')
    expect(lines.map((line) => line.replace(/ +/g, ' '))).to.deep.equal([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/',
      '-rw-r--r-- 0/0 0 1970-01-01 00:00 etc/passwd',
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/bin/',
      '-rwxr-xr-x 0/0 513 1970-01-01 00:00 usr/bin/node',
    ])
  })

  it('keeps the content of every file, whatever its length', () => {
    const content = fc.string({ minLength: 0, maxLength: 1100, unit: fc.constantFrom('a', 'b', '\n') })
    fc.assert(
      fc.property(content, (text) => {
        expect(tar(['-xOf', '-', 'a/b'], writeTar([file('a/b', text), file('a/c', 'tail')]))).to.equal(text)
      }),
      { numRuns: 20 },
    )
  })

  it('gives the same bytes for the same entries in another order', () => {
    const entries = [file('b', '2'), file('a/z', '1'), file('a/b', '3')]
    expect(writeTar(entries.toReversed()).equals(writeTar(entries))).to.equal(true)
  })

  it('refuses a path that a ustar header cannot hold', () => {
    expect(() => writeTar([file('x'.repeat(101), '')])).to.throw('path is too long')
  })
})
