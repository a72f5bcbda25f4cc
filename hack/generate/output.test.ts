import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { findDrift, mendDrift } from './output.ts'

describe('generated files and the disk', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'generate-'))
    mkdirSync(join(root, 'generated/deep'), { recursive: true })
    writeFileSync(join(root, 'generated/same.txt'), 'as generated')
    writeFileSync(join(root, 'generated/edited.txt'), 'edited by hand')
    writeFileSync(join(root, 'generated/deep/old.txt'), 'nothing makes this any more')
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const outputs = ['same', 'edited', 'fresh'].map((name) => ({ path: `generated/${name}.txt`, text: 'as generated' }))

  it('names every file that differs, is missing or is stale', () => {
    expect(findDrift(root, outputs, ['generated'])).to.deep.equal([
      { path: 'generated/edited.txt', state: 'differs' },
      { path: 'generated/fresh.txt', state: 'missing' },
      { path: 'generated/deep/old.txt', state: 'stale' },
    ])
  })

  it('leaves directories alone that it does not own', () => {
    expect(findDrift(root, [], [])).to.deep.equal([])
  })

  it('finds nothing more after mending', () => {
    mendDrift(root, outputs, findDrift(root, outputs, ['generated']))
    expect(findDrift(root, outputs, ['generated'])).to.deep.equal([])
    expect(readFileSync(join(root, 'generated/edited.txt'), 'utf8')).to.equal('as generated')
    expect(existsSync(join(root, 'generated/deep/old.txt'))).to.equal(false)
  })
})
