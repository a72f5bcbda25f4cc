import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const rank = { title: 'one node', when: { op: 'rank', candidates: ['n'], ip: '192.0.2.1' } }
const right = { ...rank, id: 'right', then: { order: ['n'] } }
const wrong = { ...rank, id: 'wrong', then: { order: ['m'] } }

function run(...argv: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const { TEST_TOTALS: _, ...env } = process.env
  const main = join(import.meta.dirname, 'main.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...argv], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

describe('node parity/main.ts', () => {
  let directory: string

  const write = (name: string, ...scenarios: unknown[]) =>
    writeFileSync(join(directory, name), JSON.stringify({ suite: 'l2', format: 1, scenarios }))

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'scenarios-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('runs several files of one suite, ends with the totals, and fails when a scenario does', async () => {
    write('one.json', right)
    write('two.json', right, wrong)
    const { code, stdout } = await run(directory)
    expect(stdout).to.match(/^FAILED {2}two\.json l2\/wrong .*\n2 passed, 1 failed, 0 skipped\n$/)
    expect(code).to.equal(1)
  })

  it('writes the same as JSON for programs, and succeeds when nothing fails', async () => {
    write('one.json', right, { ...wrong, quirk: 'doubtful' })
    const { code, stdout } = await run(directory, '-o', 'json')
    const { passed, failed, skipped, outcomes } = JSON.parse(stdout)
    expect([passed, failed, skipped]).to.deep.equal([1, 0, 1])
    expect(outcomes[1]).to.deep.include({ file: 'one.json', suite: 'l2', id: 'wrong', status: 'skipped' })
    expect(outcomes[1].differences).to.deep.equal([{ path: 'then.order[0]', expected: 'm', actual: 'n' }])
    expect(code).to.equal(0)
  })

  it('refuses a directory that is not there or has no scenarios', async () => {
    const missing = await run(join(directory, 'nowhere'))
    expect(missing.stderr).to.include('there is no such directory')
    const empty = await run(directory)
    expect(empty.stderr).to.include('there is no *.json file')
    expect([missing.code, empty.code]).to.deep.equal([2, 2])
  })
})
