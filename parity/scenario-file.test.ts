import { expect } from 'chai'
import { MalformedFileError, parseScenarioFile } from './scenario-file.ts'

const scenario = { id: 'a', title: 'A', given: {}, when: { op: 'x' }, then: { y: 1 } }
const fileOf = (...scenarios: unknown[]) => JSON.stringify({ suite: 's', format: 1, scenarios })

function positionIn(text: string): string {
  try {
    parseScenarioFile(text)
    return 'well-formed'
  } catch (error) {
    if (error instanceof MalformedFileError) return error.position
    throw error
  }
}

const unreadable: [what: string, text: string, position: string][] = [
  ['nothing', '', 'line 1, column 1'],
  ['an end too early', '{"suite": "s",\n "format": 1', 'line 2, column 13'],
  ['a word', '{\n  "suite": s}', 'line 2, column 12'],
  ['a word that begins well', '{"suite": nul}', 'line 1, column 14'],
  ['a comma too many', '{"scenarios": [1,\n2,]}', 'line 2, column 3'],
  ['something behind the end', '{}\n{}', 'line 2, column 1'],
  ['a list', '[]', 'the start'],
  ['a suite that is no name', '{"suite": 1, "format": 1, "scenarios": []}', 'suite'],
  ['no suite', '{"format": 1, "scenarios": []}', 'suite'],
  ['no format', '{"suite": "s", "scenarios": []}', 'format'],
  ['scenarios that are no list', '{"suite": "s", "format": 1, "scenarios": {}}', 'scenarios'],
]

const malformed: [what: string, source: unknown, position: string][] = [
  ['no object', 7, 'scenarios[1]'],
  ['no id', { ...scenario, id: undefined }, 'scenarios[1].id'],
  ['no when', { ...scenario, when: undefined }, 'scenarios[1] (a).when'],
  ['no then', { ...scenario, then: undefined }, 'scenarios[1] (a).then'],
  ['a step without op', { ...scenario, when: [{}], then: [{}] }, 'scenarios[1] (a).when[0].op'],
  ['a step that is no object', { ...scenario, when: ['x'], then: [{}] }, 'scenarios[1] (a).when[0]'],
  ['fewer results than steps', { ...scenario, when: [{ op: 'x' }, { op: 'x' }], then: [{}] }, 'scenarios[1] (a).then'],
  ['one result for a list of steps', { ...scenario, when: [{ op: 'x' }] }, 'scenarios[1] (a).then'],
  ['a quirk that is no text', { ...scenario, quirk: true }, 'scenarios[1] (a).quirk'],
  ['a given that is no object', { ...scenario, given: [] }, 'scenarios[1] (a).given'],
]

describe('a file of scenarios', () => {
  it('has one expectation for each step, with its path', () => {
    const list = { id: 'b', when: [{ op: 'x' }, { op: 'z' }], then: [{ y: 1 }, {}], quirk: 'odd' }
    const { suite, scenarios = [], problems } = parseScenarioFile(fileOf(scenario, list)) ?? {}
    expect(suite).to.equal('s')
    expect(problems).to.deep.equal([])
    expect(scenarios[0]?.expected).to.deep.equal([{ path: 'then', facts: { y: 1 } }])
    expect(scenarios[1]?.expected.map(({ path }) => path)).to.deep.equal(['then[0]', 'then[1]'])
    expect(scenarios[1]).to.deep.include({ title: '', quirk: 'odd', given: {} })
  })

  for (const [what, text, position] of unreadable) {
    it(`is refused for ${what}, with the position`, () => expect(positionIn(text)).to.equal(position))
  }

  for (const [what, source, position] of malformed) {
    it(`names the place of a scenario with ${what}, and has the others`, () => {
      const { scenarios, problems } = parseScenarioFile(fileOf(scenario, source, scenario))!
      expect(problems.map((problem) => problem.position)).to.deep.equal([position])
      expect(scenarios).to.have.length(2)
    })
  }

  it('of another format is not looked into', () => {
    expect(parseScenarioFile('{"suite": "s", "format": 2, "scenarios": 7}')).to.include({ suite: 's', format: 2 })
  })

  it('is not any other JSON', () => {
    expect(parseScenarioFile('{"name": "package"}')).to.equal(undefined)
  })
})
