import { expect } from 'chai'
import type { ConfigObjects } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { ConfigKeeper, type ConfigVerdict } from './config-keeper.ts'

const pools = (...addresses: string[]): ConfigObjects => ({
  pools: addresses.map((range, i) => ({ metadata: { name: `p${i}` }, spec: { addresses: [range] } })),
})

describe('ConfigKeeper', () => {
  let objects: ConfigObjects
  let stranded: string[]
  let changes: Config[]
  let verdicts: ConfigVerdict[]
  let keeper: ConfigKeeper

  beforeEach(() => {
    objects = pools('192.0.2.0/24')
    stranded = []
    changes = []
    verdicts = []
    keeper = new ConfigKeeper({
      read: () => objects,
      strandedBy: () => stranded,
      onChange: (config) => changes.push(config),
      onVerdict: (verdict) => verdicts.push(verdict),
    })
    keeper.load()
  })
  const poolNames = () => keeper.current?.pools.map(({ name }) => name)
  const turn = () => new Promise(setImmediate)

  it('takes a valid configuration', () => {
    expect(poolNames()).to.deep.equal(['p0'])
    expect(verdicts).to.deep.equal([{ loaded: true, errors: [] }])
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
    expect(verdicts.at(-1)?.errors.join()).to.include('IPAddressPool p')
  })

  it('has none as long as there was no valid one', () => {
    objects = pools('nonsense')
    const broken = new ConfigKeeper({
      read: () => objects,
      strandedBy: () => [],
      onChange: () => undefined,
      onVerdict: (verdict) => verdicts.push(verdict),
    })
    broken.load()
    expect(broken.current).to.equal(undefined)
    expect(verdicts.at(-1)?.loaded).to.equal(false)
  })

  it('keeps a configuration as long as Services are announced that the new one has no pool for', async () => {
    objects = pools('198.51.100.0/24')
    stranded = ['web/a']
    keeper.load()
    expect(changes).to.have.length(1)
    expect(verdicts.at(-1)?.errors.join()).to.include('web/a')
    stranded = []
    keeper.serviceWithdrawn()
    await turn()
    expect(changes).to.have.length(2)
    expect(verdicts.at(-1)).to.deep.equal({ loaded: true, errors: [] })
  })

  it('does not look again because of a withdrawn Service that it did not wait for', async () => {
    objects = pools('198.51.100.0/24')
    keeper.serviceWithdrawn()
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
