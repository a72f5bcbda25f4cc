import { expect } from 'chai'
import { ConfigKeeper, type Verdict } from './config-keeper.ts'
import { type ConfigError, configError } from './faults.ts'
import type { ConfigObjects } from './parse.ts'
import type { Config } from './snapshot.ts'

const pools = (...addresses: string[]): ConfigObjects => ({
  pools: addresses.map((range, i) => ({ metadata: { name: `p${i}` }, spec: { addresses: [range] } })),
})

const stranded = configError('Service', 'web/a', {
  code: 'stranded',
  field: 'status.loadBalancer.ingress',
  value: ['192.0.2.1'],
})

describe('ConfigKeeper', () => {
  let objects: ConfigObjects
  let objections: ConfigError[]
  let changes: Config[]
  let verdicts: Verdict[]
  let generation: number
  let generations: (number | undefined)[]
  let keeper: ConfigKeeper

  beforeEach(() => {
    objects = pools('192.0.2.0/24')
    objections = []
    changes = []
    verdicts = []
    generation = 1
    generations = []
    keeper = new ConfigKeeper({
      read: () => objects,
      objections: () => objections,
      onChange: (config) => changes.push(config),
      onVerdict: (verdict) => verdicts.push(verdict),
      generation: () => generation,
      onGeneration: () => generations.push(keeper.generation),
    })
    keeper.load()
  })
  const poolNames = () => keeper.current?.pools.map(({ name }) => name)
  const turn = () => new Promise(setImmediate)

  it('takes a valid configuration', () => {
    expect(poolNames()).to.deep.equal(['p0'])
    expect(verdicts).to.deep.equal([{ loaded: true, errors: [], warnings: [] }])
  })

  it('says nothing when nothing has changed', () => {
    objects = pools('192.0.2.0/24')
    keeper.load()
    expect(changes).to.have.length(1)
    expect(verdicts).to.have.length(1)
  })

  it('keeps the last valid configuration, and says what is wrong with the new one', () => {
    objects = pools('192.0.2.0/24', '192.0.2.0/25')
    keeper.load()
    expect(poolNames()).to.deep.equal(['p0'])
    expect(verdicts.at(-1)?.loaded).to.equal(true)
    expect(verdicts.at(-1)?.errors).to.have.length(1)
    expect(verdicts.at(-1)?.errors[0]).to.include({ code: 'overlap', kind: 'IPAddressPool' })
  })

  it('tells the generation that is in force: not one that is refused, and the next also if it means the same', () => {
    const load = (given: ConfigObjects, its: number) => {
      objects = given
      generation = its
      keeper.load()
    }
    load(pools('nonsense'), 2)
    expect(generations).to.deep.equal([1])
    load(pools('192.0.2.0/24'), 3)
    load(pools('192.0.2.0/24'), 3)
    expect(generations).to.deep.equal([1, 3])
    objections = [stranded]
    load(pools('198.51.100.0/24'), 4)
    expect(generations).to.deep.equal([1, 3])
  })

  it('has none as long as there was no valid one', () => {
    objects = pools('nonsense')
    const broken = new ConfigKeeper({
      read: () => objects,
      onChange: () => undefined,
      onVerdict: (verdict) => verdicts.push(verdict),
    })
    broken.load()
    expect(broken.current).to.equal(undefined)
    expect(verdicts.at(-1)?.loaded).to.equal(false)
  })

  it('keeps a configuration as long as there are objections to the new one', async () => {
    objects = pools('198.51.100.0/24')
    objections = [stranded]
    keeper.load()
    expect(changes).to.have.length(1)
    expect(verdicts.at(-1)).to.deep.equal({ loaded: true, errors: [stranded], warnings: [] })
    objections = []
    keeper.objectionsChanged()
    await turn()
    expect(changes).to.have.length(2)
    expect(verdicts.at(-1)).to.deep.equal({ loaded: true, errors: [], warnings: [] })
  })

  it('does not look again because of objections that nothing waited for', async () => {
    objects = pools('198.51.100.0/24')
    keeper.objectionsChanged()
    await turn()
    expect(changes).to.have.length(1)
  })

  it('takes changes of one turn together', async () => {
    objects = pools('198.51.100.0/24')
    keeper.schedule()
    keeper.schedule()
    await turn()
    expect(changes).to.have.length(2)
  })
})
