import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import type { Member } from '../membership/member.ts'
import { Absences } from './absences.ts'
import { defaultPace } from './pace.ts'

const link = { mac: '02:00:00:00:00:01', ipv4: parseAddress('10.0.0.1') }

const member = (name: string, change: Partial<Member>): Member => ({
  ...{ name, life: 'alive', phase: 'serving', incarnation: 1, configuration: 0, sinceMillis: 0, links: [link] },
  ...change,
})

describe('Absences', () => {
  it('still hear a node that was set up anew under another name, when its old name is forgotten', () => {
    const absences = new Absences({ pace: defaultPace, solicit: () => undefined })
    absences.update(member('old', {}), 0)
    absences.update(member('old', { life: 'dead' }), 1000)
    absences.update(member('new', {}), 2000)
    absences.forget('old')
    absences.update(member('new', { life: 'dead' }), 3000)
    absences.need('new', 3000)
    const claim = { address: link.ipv4, mac: link.mac, sender: link.mac, interface: 'eth0', kind: 'reply' } as const
    expect(absences.heard(claim, 3001)).to.equal(true)
    expect(absences.abilityOf('new')).to.equal('kept')
  })

  it('take a node for gone that is cut off from the network of its speaker and answers on another', () => {
    const aside = { mac: '02:00:00:00:01:01', ipv4: parseAddress('10.1.0.1') }
    const absences = new Absences({ pace: defaultPace, solicit: () => undefined })
    absences.update(member('x', { links: [link, aside] }), 0)
    absences.update(member('x', { links: [link, aside], life: 'dead' }), 1000)
    absences.need('x', 1000)
    const { mac } = aside
    for (let millis = 1000; millis < 1200; millis += 10) {
      absences.due(millis)
      absences.heard({ address: aside.ipv4, mac, sender: mac, interface: 'eth1', kind: 'reply' }, millis)
    }
    expect(absences.abilityOf('x')).to.equal('gone')
    expect([absences.isAside('x', mac), absences.isAside('x', link.mac)]).to.deep.equal([true, false])
  })
})
