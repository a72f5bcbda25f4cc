import { expect } from 'chai'
import { weigh } from './hearsay.ts'
import { MemberRecord } from './member-record.ts'
import type { MemberReport } from './message.ts'

function known(life: MemberRecord['life'], incarnation: number, more: Partial<MemberRecord> = {}): MemberRecord {
  return Object.assign(new MemberRecord('b'), {
    life,
    incarnation,
    factsIncarnation: incarnation,
    isListed: true,
    ...more,
  })
}

function report(isAlive: boolean, incarnation: number, phase: MemberReport['phase'] = 'serving'): MemberReport {
  return { name: 'b', isAlive, incarnation, phase, configuration: 0, links: [] }
}

describe("another's report", () => {
  for (const [what, record, said, weight] of [
    ['of life of somebody unknown is believed', undefined, report(true, 5), 'believe'],
    ['of death of somebody unknown is nothing', undefined, report(false, 5), 'ignore'],
    ['of life of an absent one is believed', known('absent', 0), report(true, 5), 'believe'],
    ['of death of an absent one is taken over', known('absent', 0), report(false, 5), 'bury'],
    [
      'of death of one whom the API does not name is nothing',
      known('absent', 0, { isListed: false }),
      report(false, 5),
      'ignore',
    ],
    ['of a newer life is believed', known('alive', 5), report(true, 6), 'believe'],
    ['of a newer life of a dead one is believed', known('dead', 5), report(true, 6), 'believe'],
    ['of the same life is nothing', known('alive', 5), report(true, 5), 'ignore'],
    [
      'of the same life has what a heartbeat lacked',
      known('alive', 5, { factsIncarnation: 4 }),
      report(true, 5),
      'complete',
    ],
    ['of the very life that is dead here has it asked', known('dead', 5), report(true, 5), 'ask'],
    ['of an earlier life is nothing', known('dead', 5), report(true, 4), 'ignore'],
    ['of a death is checked', known('alive', 5), report(false, 5), 'check'],
    ['of a death in a newer life is checked', known('alive', 5), report(false, 6), 'check'],
    ['of a death in an earlier life is nothing', known('alive', 5), report(false, 4), 'ignore'],
    ['of the same death is nothing', known('dead', 5), report(false, 5), 'ignore'],
    ['of a later death is taken over', known('dead', 5), report(false, 6), 'bury'],
    [
      'of a leave is believed: only the member itself can have said so',
      known('alive', 5),
      report(false, 6, 'leaving'),
      'believe',
    ],
    ['of a leave from an earlier life is nothing', known('alive', 5), report(false, 4, 'leaving'), 'ignore'],
  ] as const) {
    it(what, () => {
      expect(weigh(record, said)).to.equal(weight)
    })
  }
})
