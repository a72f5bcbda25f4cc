import { expect } from 'chai'
import { type AbsenceEvent, type AbsenceState, absenceDueMillis, beginAbsence, stepAbsence } from './absence.ts'
import { defaultPace } from './pace.ts'

const pace = { ...defaultPace, standInMillis: 1000 }

describe('The absence of a speaker', () => {
  let nowMillis: number
  let state: AbsenceState
  let asked: number[]

  beforeEach(() => {
    nowMillis = 0
    asked = []
    state = beginAbsence(false, 0, pace)
  })

  function send(event: AbsenceEvent): void {
    const step = stepAbsence(state, event, { nowMillis, pace })
    state = step.state
    for (const _ of step.actions) asked.push(nowMillis)
  }

  /** Time passes, timers ring. */
  function wait(millis: number, lateMillis = 0): void {
    const end = nowMillis + millis
    for (let due = absenceDueMillis(state); due !== undefined && due <= end; due = absenceDueMillis(state)) {
      nowMillis = due + lateMillis
      send({ type: 'due', lateMillis })
    }
    nowMillis = Math.max(end, nowMillis)
  }

  it('is nothing to ask about while nobody here depends on it', () => {
    wait(999)
    expect(asked).to.deep.equal([])
    expect(state.type).to.equal('unasked')
  })

  it('is over for good after a time, asked about or not', () => {
    wait(1000)
    expect(state.type).to.equal('expired')
    send({ type: 'needed' })
    send({ type: 'answered' })
    expect(state.type).to.equal('expired')
  })

  it('is over at once where nobody is to stand in', () => {
    state = beginAbsence(false, 0, { ...pace, standInMillis: 0 })
    send({ type: 'needed' })
    expect(state.type).to.equal('expired')
    expect(asked).to.deep.equal([])
  })

  it('is the death of the node when it does not answer three questions', () => {
    send({ type: 'needed' })
    expect(state.type).to.equal('checking')
    wait(119)
    expect(state.type).to.equal('checking')
    wait(1)
    expect(asked).to.deep.equal([0, 40, 80])
    expect(state.type).to.equal('down')
  })

  it('lets the node keep its addresses while it answers', () => {
    send({ type: 'needed' })
    nowMillis = 1
    send({ type: 'answered' })
    expect(state.type).to.equal('kept')
    for (let round = 0; round < 5; round++) {
      wait(100)
      send({ type: 'answered' })
    }
    expect(asked).to.deep.equal([0, 101, 201, 301, 401, 501])
    expect(state.type).to.equal('kept')
  })

  it('notices within 220 ms that a node that was kept has gone', () => {
    send({ type: 'needed' })
    send({ type: 'answered' })
    wait(220)
    expect(asked).to.deep.equal([0, 100, 140, 180])
    expect(state.type).to.equal('down')
  })

  it('ends after its time although the node answers', () => {
    send({ type: 'needed' })
    for (let round = 0; round < 12; round++) {
      send({ type: 'answered' })
      wait(100)
    }
    expect(state.type).to.equal('expired')
  })

  it('needs no answer at first when the speaker itself has said that it goes', () => {
    state = beginAbsence(true, 0, pace)
    send({ type: 'needed' })
    expect(state.type).to.equal('kept')
    expect(asked).to.deep.equal([0])
    wait(120)
    expect(state.type).to.equal('down')
  })

  it('believes a speaker that starts again, and no speaker that has died since', () => {
    send({ type: 'speaks' })
    send({ type: 'died' })
    send({ type: 'needed' })
    expect(state.type).to.equal('checking')
    send({ type: 'speaks' })
    expect(state.type).to.equal('kept')
  })

  it('does not give back what others have taken when the speaker starts again', () => {
    send({ type: 'needed' })
    wait(120)
    send({ type: 'speaks' })
    expect(state.type).to.equal('down')
  })

  it('asks once more for each timer that was late: the answer may lie unread', () => {
    send({ type: 'needed' })
    wait(40, 11)
    expect(asked).to.deep.equal([0, 51])
    wait(119)
    expect(asked).to.deep.equal([0, 51, 91, 131])
    expect(state.type).to.equal('checking')
    wait(1)
    expect(state.type).to.equal('down')
  })

  it('does not ask for ever when every timer is late', () => {
    send({ type: 'needed' })
    wait(1000, 20)
    expect(asked).to.have.length(pace.probes + pace.mostExtraProbes)
    expect(state.type).to.equal('down')
  })
})
