import { expect } from 'chai'
import type { Layer2Advertisement } from '../config/snapshot.ts'
import { Digests } from './digests.ts'
import { NodeLists } from './node-lists.ts'
import { Rankings } from './rankings.ts'

// Hash order for 192.0.2.10: charlie, bravo, delta, alpha, echo.
const suitable = ['alpha', 'bravo', 'charlie', 'delta', 'echo']

function preferring(node?: string): Layer2Advertisement {
  const preferredNodes = new Map(node === undefined ? [] : [[node, 5]])
  return {
    ...{ name: 'all', nodes: new Set(suitable), interfaces: [] },
    serviceSelectors: [],
    preferredNodes,
    placement: undefined,
  }
}

describe('Rankings', () => {
  let rankings: Rankings
  const rankUnder = (...advertisements: Layer2Advertisement[]): readonly string[] => {
    rankings.set('web/a', ['192.0.2.10'], { advertisements, suitable })
    return rankings.get('web/a')!.ranked
  }
  beforeEach(() => {
    rankings = new Rankings(new Digests())
  })

  it('rank nothing anew when nothing has changed', () => {
    const ranked = rankUnder(preferring())
    expect(ranked).to.deep.equal(['charlie', 'bravo', 'delta', 'alpha', 'echo'])
    expect(rankUnder(preferring())).to.equal(ranked)
  })

  it('follow preferences that come, change and go', () => {
    rankUnder(preferring())
    expect(rankUnder(preferring('echo'))[0]).to.equal('echo')
    expect(rankUnder(preferring('alpha'))[0]).to.equal('alpha')
    expect(rankUnder(preferring())[0]).to.equal('charlie')
  })

  it('forget a Service', () => {
    rankUnder(preferring())
    rankings.delete('web/a')
    expect(rankings.get('web/a')).to.equal(undefined)
  })
})

describe('NodeLists', () => {
  it('give equal lists as one, and others as they are', () => {
    const lists = new NodeLists()
    const list = ['n1', 'n2']
    expect(lists.get(list)).to.equal(list)
    expect(lists.get(['n1', 'n2'])).to.equal(list)
    expect(lists.get(['n1', 'n3'])).to.deep.equal(['n1', 'n3'])
    expect(lists.get(['n1'])).to.deep.equal(['n1'])
  })
})
