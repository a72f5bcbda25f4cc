import { expect } from 'chai'
import { isMissed } from './report.ts'
import { simulate } from './run.ts'
import { scenarios } from './scenarios/all.ts'
import type { Settings } from './settings.ts'

/** Small clusters and minutes of virtual time: what takes longer is run by hand, see README.md. */
const runs: readonly (readonly [scenario: string, nodes: number, settings: Partial<Settings>])[] = [
  ['steady', 3, { seconds: 120 }],
  ['steady', 3, { seconds: 120, standInSeconds: 0 }],
  ['steady', 10, { seconds: 60 }],
  ['steady', 10, { seconds: 60, standInSeconds: 0 }],
  ['steady', 9, { seconds: 60, subnets: 3 }],
  ['steady', 5, { seconds: 20, sealed: 1 }],
  ['loss', 10, { seconds: 60 }],
  ['cold', 10, {}],
  ['deaths', 3, { rounds: 3 }],
  ['deaths', 10, { rounds: 1 }],
  ['deaths', 10, { rounds: 2, count: 3 }],
  ['percent', 20, { rounds: 1 }],
  ['block', 20, { rounds: 1 }],
  ['survivors', 10, {}],
  ['heal', 3, {}],
  ['heal', 10, {}],
  ['isolate', 10, {}],
  ['strangers', 4, {}],
  ['crash', 3, {}],
  ['crash', 10, {}],
  ['power-off', 10, {}],
  ['rolling', 3, {}],
  ['rolling', 10, {}],
  ['restart', 10, { count: 5 }],
  ['calendar', 10, { count: 3 }],
  ['api', 10, {}],
  ['oneway', 10, { seconds: 60 }],
  ['accuser', 4, { seconds: 120 }],
  ['lossy', 10, { seconds: 60 }],
  ['deaf', 10, { seconds: 60 }],
  ['mute', 10, { seconds: 60 }],
  ['slow', 10, { seconds: 60 }],
  ['socket', 10, {}],
  ['replay', 5, { seconds: 10 }],
]

describe('simulated speakers', () => {
  for (const [name, nodes, settings] of runs) {
    const told = Object.entries(settings).map(([key, value]) => `, ${key} ${value}`)
    it(`keep their promises: ${name}, ${nodes} nodes${told.join('')}`, () => {
      const missed = simulate(scenarios[name]!, nodes, settings).filter(isMissed)
      expect(missed).to.deep.equal([])
    })
  }

  it('repeat themselves to the last packet', () => {
    const run = () => simulate(scenarios['heal']!, 5, { seed: 7 })
    expect(run()).to.deep.equal(run())
  })

  it('would make false takeovers with a single probe and little patience', () => {
    const hasty = { seconds: 60, standInSeconds: 0, probes: 1, voteMillis: 200 }
    const figures = simulate(scenarios['steady']!, 10, hasty)
    expect(figures.filter(isMissed).map((figure) => figure.name)).to.include('false takeovers')
  })
})
