import { hostname } from 'node:os'
import { expect } from 'chai'
import { FlagError, parseFlags } from '../daemon/flags.ts'
import { electionSettings } from './election-flags.ts'
import { controllerFlags } from './flags.ts'

const settings = (...argv: string[]) => electionSettings(parseFlags(controllerFlags, argv, {}))

describe('the flags of the election', () => {
  it('have the defaults of Kubernetes itself', () => {
    expect(settings('--pod-name=controller-0')).to.deep.equal({
      ...{ name: 'metallb-controller', identity: 'controller-0' },
      ...{ leaseDurationMillis: 15_000, renewDeadlineMillis: 10_000, retryPeriodMillis: 2_000 },
    })
  })

  it('take durations as Go writes them', () => {
    const short = settings('--leader-elect-lease-duration=1m30s', '--leader-elect-retry-period=500ms')
    expect(short).to.include({ leaseDurationMillis: 90_000, retryPeriodMillis: 500 })
  })

  it('can turn it off', () => {
    expect(settings('--leader-elect=false', '--leader-elect-retry-period=1h')).to.equal(undefined)
  })

  it('name a process without a pod after its host, each differently', () => {
    const [one, other] = [settings()?.identity, settings()?.identity]
    for (const identity of [one, other]) expect(identity?.slice(0, -36)).to.equal(`${hostname()}_`)
    expect(one).to.not.equal(other)
  })

  const refusals: readonly (readonly [argument: string, message: string])[] = [
    ['--leader-elect-lease-duration=15', 'give a duration above zero, such as 15s or 1m30s'],
    ['--leader-elect-retry-period=0s', 'give a duration above zero'],
    ['--leader-elect-lease-duration=999ms', 'give one second or more'],
    ['--leader-elect-renew-deadline=15s', 'give less than --leader-elect-lease-duration'],
    ['--leader-elect-retry-period=9s', 'give less than --leader-elect-renew-deadline / 1.2'],
  ]
  for (const [argument, message] of refusals) {
    it(`refuse ${argument}, and say what would be right`, () => {
      expect(() => settings(argument)).to.throw(FlagError, message)
    })
  }
})
