import { expect } from 'chai'
import { configError } from './faults.ts'
import { reportVerdict } from './report.ts'

describe('reportVerdict', () => {
  let lines: string[]
  let reasons: string[]
  let states: object[]
  const report = {
    log: {
      info: (fields: object, message: string) => lines.push(`info ${message} ${JSON.stringify(fields)}`),
      warn: (fields: object, message: string) => lines.push(`warn ${message} ${JSON.stringify(fields)}`),
      error: (fields: object, message: string) => lines.push(`error ${message} ${JSON.stringify(fields)}`),
    },
    metrics: { config: (state: object) => states.push(state) },
    notReady: (reason: string) => reasons.push(reason),
  }
  beforeEach(() => {
    reasons = []
    lines = []
    states = []
  })

  it('logs one line about a configuration in force', () => {
    reportVerdict(report, { loaded: true, errors: [], warnings: [] })
    expect(states).to.deep.equal([{ loaded: true, stale: false }])
    expect(lines).to.have.length(1)
    expect(reasons).to.deep.equal([])
  })

  it('leaves a process ready that has an older configuration', () => {
    const errors = [
      configError('IPAddressPool', 'a', { code: 'pool-without-addresses', field: 'spec.addresses', value: [] }),
    ]
    reportVerdict(report, { loaded: true, errors, warnings: [] })
    expect(reasons).to.deep.equal([])
    expect(lines[0]).to.contain('the last good one stays in force')
  })

  it('logs a warning, and leaves the configuration in force', () => {
    const fault = { code: 'timers-off', field: 'spec.holdTime', value: '0s' } as const
    reportVerdict(report, { loaded: true, errors: [], warnings: [configError('BGPPeer', 'r', fault)] })
    expect(states).to.deep.equal([{ loaded: true, stale: false }])
    expect(lines[1]).to.match(/^warn .*"kind":"BGPPeer","name":"r","field":"spec.holdTime","value":"0s"/)
  })

  it('says of each error which object and which field is meant', () => {
    const fault = { code: 'pool-without-addresses', field: 'spec.addresses', value: [] } as const
    const errors = ['a', 'b'].map((name) => configError('IPAddressPool', name, fault))
    reportVerdict(report, { loaded: false, errors, warnings: [] })
    expect(states).to.deep.equal([{ loaded: false, stale: true }])
    expect(lines).to.have.length(2)
    expect(reasons).to.deep.equal([`no configuration is in force: ${errors[0]?.message}`])
    expect(lines[1]).to.match(/^error .*"kind":"IPAddressPool","name":"b","field":"spec.addresses"/)
  })
})
