import { expect } from 'chai'
import { Registry } from 'prom-client'
import { type MemberListView, registerMemberMetrics } from './member-metrics.ts'

async function linesOf(view: MemberListView | undefined): Promise<string[]> {
  const registry = new Registry()
  registerMemberMetrics(registry, () => view)
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('the metrics of the member list', () => {
  it('are what it has counted, each reason of a refusal from the start', async () => {
    const lines = await linesOf({
      counters: () => ({
        ...{ sent: 7, received: 5 },
        failures: new Map([['ENETUNREACH', 2]]),
        refused: new Map([['foreign', 3]]),
      }),
      lives: () => ['alive', 'alive', 'dead'],
    })
    expect(lines).to.include.members([
      'metallb_speaker_membership_sent_total 7',
      'metallb_speaker_membership_received_total 5',
      'metallb_speaker_membership_refused_total{reason="foreign"} 3',
      'metallb_speaker_membership_refused_total{reason="replayed"} 0',
      'metallb_speaker_membership_send_failures_total{code="ENETUNREACH"} 2',
      'metallb_speaker_membership_members{life="alive"} 2',
      'metallb_speaker_membership_members{life="dead"} 1',
      'metallb_speaker_membership_members{life="absent"} 0',
    ])
  })

  it('count nothing without a member list', async () => {
    expect(await linesOf(undefined)).to.deep.equal([
      'metallb_speaker_membership_sent_total 0',
      'metallb_speaker_membership_received_total 0',
    ])
  })
})
