import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { compare } from './compare.ts'
import { runAll, runScenario } from './run.ts'
import { parseScenarioFile, type Scenario } from './scenario-file.ts'
import type { Facts, Suite } from './suite.ts'
import { suites } from './suites.ts'

const data = join(import.meta.dirname, 'scenarios')

interface Mutation {
  readonly where: string
  readonly value: unknown
}

/** The same with one thing in it changed, for everything that is in it. */
function* mutationsOf(value: unknown, where: string): Generator<Mutation> {
  if (Array.isArray(value)) {
    yield { where: `${where} longer`, value: [...value, '~'] }
    for (const [index, one] of value.entries()) {
      yield { where: `${where} without ${index}`, value: value.toSpliced(index, 1) }
      for (const inner of mutationsOf(one, `${where}[${index}]`)) {
        yield { where: inner.where, value: value.with(index, inner.value) }
      }
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { where: `${where} with more`, value: { ...value, '~': '~' } }
    for (const [key, one] of Object.entries(value)) {
      for (const inner of mutationsOf(one, `${where}.${key}`)) {
        yield { where: inner.where, value: { ...value, [key]: inner.value } }
      }
    }
  } else if (typeof value === 'boolean') yield { where, value: !value }
  else yield { where, value: value === null ? '~' : `${value}~` }
}

function unseen(suite: Suite, { expected }: Scenario, facts: readonly Facts[]): string[] {
  return expected.flatMap(({ path, facts: wanted }, index) => {
    const mutations = [...mutationsOf(wanted, path)].filter(({ where }) => !isInformative(suite, where))
    return mutations
      .filter(({ value }) => compare(value, facts[index], suite.rules, path).length === 0)
      .map(({ where }) => where)
  })
}

function isInformative({ rules }: Suite, where: string): boolean {
  return Object.entries(rules).some(([path, rule]) => rule === 'informative' && where.endsWith(`.${path}`))
}

for (const [name, suite] of suites) {
  describe(`the scenarios of ${name}`, () => {
    const { scenarios } = parseScenarioFile(readFileSync(join(data, `${name}.json`), 'utf8'))!

    it('turn red with anything else that they could expect', async () => {
      let matched = 0
      for (const scenario of scenarios) {
        if ((await runScenario(suite, scenario)).status !== 'passed') continue
        matched++
        const facts = await suite.run(scenario.given, scenario.steps)
        expect(unseen(suite, scenario, facts), scenario.id).to.deep.equal([])
      }
      expect(matched).to.be.above(0)
    })

    it('turn red when the steps go to a product that knows nothing', () => {
      for (const scenario of scenarios) {
        const nothing = scenario.expected.map(() => ({}))
        const differences = scenario.expected.flatMap(({ facts, path }, i) =>
          compare(facts, nothing[i], suite.rules, path),
        )
        expect(differences, scenario.id).to.not.have.length(0)
      }
    })
  })
}

describe('the quirks of MetalLB that are not ours', () => {
  it('are those that docs/differences.md has a row for', async () => {
    const outcomes = await runAll(data)
    const unmatched = outcomes.flatMap(({ status, suite, id }) => (status === 'skipped' && id ? `${suite}/${id}` : []))
    const page = readFileSync(join(import.meta.dirname, '../docs/differences.md'), 'utf8')
    const [, table = ''] = page.split('## Scenarios')
    const documented = [...table.matchAll(/`([\w-]+\/[\w-]+)`/g)].map(([, id]) => id)
    expect(documented.toSorted()).to.deep.equal(unmatched.toSorted())
  })
})
