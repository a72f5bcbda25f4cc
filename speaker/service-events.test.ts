import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { serviceEvents } from './service-events.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/events.md'), 'utf8')

describe('the events of a Service', () => {
  it('are those of the page about events, with their types', () => {
    const [section] = page.split('## Events of a Service, from the speakers')[1]!.split('\n## ')
    const rows = [...section!.matchAll(/^\| (Normal|Warning) \| `(\w+)` \|/gm)].map(([, type, reason]) => [
      reason,
      type,
    ])
    expect(Object.fromEntries(rows)).to.deep.equal(serviceEvents)
  })
})
