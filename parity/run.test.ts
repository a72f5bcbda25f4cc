import { expect } from 'chai'
import { lineOf, totalsOf } from './report.ts'
import { type Outcome, runFile } from './run.ts'

const rank = { id: 'rank', title: 'one node', when: { op: 'rank', candidates: ['n'], ip: '192.0.2.1' } }
const right = { ...rank, then: { order: ['n'] } }
const wrong = { ...rank, id: 'wrong', then: { order: ['m'] } }

async function outcomesOf(...scenarios: unknown[]): Promise<Outcome[]> {
  return outcomesIn(JSON.stringify({ suite: 'l2', format: 1, scenarios }))
}

function outcomesIn(text: string): Promise<Outcome[]> {
  return runFile('some.json', text)
}

const lines = (outcomes: Outcome[]) => outcomes.flatMap((outcome) => lineOf(outcome) ?? [])

describe('a run of scenarios', () => {
  it('says nothing about a scenario that is matched', async () => {
    const outcomes = await outcomesOf(right)
    expect(lines(outcomes)).to.deep.equal([])
    expect(totalsOf(outcomes)).to.deep.equal({ passed: 1, failed: 0, skipped: 0 })
  })

  it('says in one line what is different', async () => {
    const outcomes = await outcomesOf(right, wrong)
    expect(lines(outcomes)).to.deep.equal([
      'FAILED  some.json l2/wrong (one node): then.order[0]: expected "m", actual "n"',
    ])
    expect(totalsOf(outcomes)).to.deep.equal({ passed: 1, failed: 1, skipped: 0 })
  })

  it('skips a quirk that is not matched, with the reason, and passes one that is', async () => {
    const outcomes = await outcomesOf({ ...wrong, quirk: 'doubtful' }, { ...right, quirk: 'doubtful' })
    expect(lines(outcomes)).to.have.length(1)
    expect(lines(outcomes)[0]).to.match(/^skipped some.json l2\/wrong .*: quirk: doubtful; then.order/)
    expect(totalsOf(outcomes)).to.deep.equal({ passed: 1, failed: 0, skipped: 1 })
  })

  it('fails a step that the suite does not have, and one that it cannot make sense of', async () => {
    const outcomes = await outcomesOf(
      { ...right, when: { op: 'constructor' } },
      { ...right, when: { op: 'rank', candidates: [], ip: 'x' } },
    )
    expect(lines(outcomes)[0]).to.include('the suite has no op "constructor"')
    expect(lines(outcomes)[1]).to.include('"x" is not an IP address')
    expect(totalsOf(outcomes).failed).to.equal(2)
  })

  it('runs the scenarios around a malformed one, which fails with its place in the file', async () => {
    const outcomes = await outcomesOf(right, { id: 'half' }, right)
    expect(lines(outcomes)).to.deep.equal(['FAILED  some.json: scenarios[1] (half).when: is missing'])
    expect(totalsOf(outcomes)).to.deep.equal({ passed: 2, failed: 1, skipped: 0 })
  })

  it('fails a file that is no JSON, with the line', async () => {
    expect(lines(await outcomesIn('{\n"suite": }'))[0]).to.match(/^FAILED {2}some\.json: line 2, column 10: /)
  })

  it('skips what it does not know: a suite, a format, other JSON', async () => {
    const unknown = { suite: 'new', format: 1, scenarios: [right, { of: 'another shape' }] }
    expect(lines(await outcomesIn(JSON.stringify(unknown)))).to.deep.equal([
      'skipped some.json, 2 scenarios: suite new is not known here',
    ])
    expect(totalsOf(await outcomesIn(JSON.stringify(unknown))).skipped).to.equal(2)
    const later = { suite: 'l2', format: 2, scenarios: [] }
    expect(lines(await outcomesIn(JSON.stringify(later)))[0]).to.include('format 2 is not known')
    expect(lines(await outcomesIn('{"name": "x"}'))[0]).to.include('is no file of scenarios')
  })

  it('gives up on a long list of differences', async () => {
    const order = ['1', '2', '3', '4', '5', '6']
    expect(lines(await outcomesOf({ ...rank, then: { order } }))[0]).to.match(/; and 2 more$/)
  })
})
