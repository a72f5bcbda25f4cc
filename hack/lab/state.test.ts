import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bootId, identify } from './processes.ts'
import { claim, isOrphan, type LabRecord, requireLabPlace } from './state.ts'

const messageOf = (attempt: Promise<unknown>) => attempt.then(String, ({ message }: Error) => message)

describe('the state of labs', () => {
  const before = process.env['XDG_STATE_HOME']
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'metallb-ts-state-'))
    process.env['XDG_STATE_HOME'] = directory
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
  })

  it('takes no name but one of small letters, digits and hyphens', async () => {
    for (const name of ['../../../escaped', '', 'a b', 'Demo', '.hidden']) {
      expect(await messageOf(claim({ name, kind: 'fast', nodes: 1 }))).to.contain('a lab cannot be called')
    }
    expect(readdirSync(directory)).to.deep.equal([])
    requireLabPlace('demo-2')
  })

  for (const character of [' ', "'", '*', ':', '$']) {
    it(`refuses a directory with ${character} in its path, and says what to set`, async () => {
      process.env['XDG_STATE_HOME'] = join(directory, `a${character}b`)
      const message = await messageOf(claim({ kind: 'fast', nodes: 1 }))
      expect(message).to.match(/^a lab cannot work with .* in the path .*: set XDG_STATE_HOME to another directory$/)
      expect(readdirSync(directory)).to.deep.equal([])
    })
  }

  it('has an orphan in a lab whose owner ended, and in every lab from before the machine was started', () => {
    const owner = identify(process.pid) ?? null
    const record: LabRecord = { name: 'a', kind: 'fast', prefix: 'mla', nodes: 1, owner, bootId: bootId(), created: '' }
    expect(isOrphan(record)).to.equal(false)
    expect(isOrphan({ ...record, owner: { pid: process.pid, startTicks: 1 } })).to.equal(true)
    expect(isOrphan({ ...record, bootId: 'another' })).to.equal(true)
    expect(isOrphan({ ...record, owner: null })).to.equal(false)
    expect(isOrphan({ ...record, owner: null, bootId: 'another' })).to.equal(true)
  })
})
