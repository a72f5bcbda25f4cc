import { expect } from 'chai'
import { configurationState, tellsTheSame } from './configuration-state.ts'

const subject = { namespace: 'ns', name: 'controller', labels: {}, conditionType: 'poolReconcilerValid', owners: [] }
const now = new Date('2026-01-02T03:04:05.678Z')
const stateOf = (...messages: string[]) => configurationState(subject, messages, now)

describe('configurationState', () => {
  it('is Valid without messages', () => {
    expect(stateOf().status).to.deep.include({ result: 'Valid', errorSummary: '' })
    expect(stateOf().status?.conditions?.[0]).to.deep.equal({
      ...{ type: 'poolReconcilerValid', status: 'True', reason: 'Reconciled', message: '' },
      lastTransitionTime: '2026-01-02T03:04:05Z',
    })
  })

  it('is Invalid with messages, one on each line', () => {
    expect(stateOf('a', 'b').status).to.deep.include({ result: 'Invalid', errorSummary: 'a\nb' })
    expect(stateOf('a', 'b').status?.conditions?.[0]).to.include({ status: 'False', reason: 'ConfigurationError' })
  })

  it('keeps its texts within the limit of the schema', () => {
    const { errorSummary = '', conditions } = stateOf(...Array.from({ length: 40_000 }, () => 'x')).status ?? {}
    expect(errorSummary.length).to.be.at.most(32_768)
    expect(conditions?.[0]?.message).to.equal(errorSummary)
  })
})

describe('tellsTheSame', () => {
  it('does not look at the time', () => {
    expect(tellsTheSame(stateOf('a'), configurationState(subject, ['a'], new Date(0)))).to.equal(true)
  })

  it('sees another verdict and another owner', () => {
    const owners = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }]
    expect(tellsTheSame(stateOf('a'), stateOf('b'))).to.equal(false)
    expect(tellsTheSame(stateOf('a'), stateOf())).to.equal(false)
    expect(tellsTheSame(stateOf(), configurationState({ ...subject, owners }, [], now))).to.equal(false)
  })
})
