import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseFlags } from '../daemon/flags.ts'
import { flagsWithoutEffect, speakerFlags, speakerSettings } from './flags.ts'

describe('the flags of the speaker', () => {
  const required = { METALLB_NODE_NAME: 'n1' }

  it("take MetalLB's environment", () => {
    const flags = parseFlags(speakerFlags, [], {
      ...required,
      METALLB_POD_NAME: 'speaker-x',
      METALLB_ML_LABELS: 'app=other',
    })
    expect([flags['node-name'], flags['pod-name'], flags['ml-labels']]).to.deep.equal(['n1', 'speaker-x', 'app=other'])
  })

  it('demand the name of the node', () => {
    expect(() => parseFlags(speakerFlags, [], {})).to.throw(/node-name/)
  })

  it('are honest about those that nothing heeds yet', () => {
    expect(flagsWithoutEffect(parseFlags(speakerFlags, [], required))).to.deep.equal([])
    const argv = ['--ml-wan-config', '--bgp-debounce-timeout=100', '--ignore-exclude-lb', '--l2-fence-probes=5']
    expect(flagsWithoutEffect(parseFlags(speakerFlags, argv, { ...required, METALLB_BGP_TYPE: 'frr' }))).to.deep.equal([
      'bgp-debounce-timeout',
    ])
  })

  it('are documented with the defaults that they have', () => {
    const pages = ['failover.md', 'membership.md'].map((page) => join(import.meta.dirname, '../docs', page))
    const documentation = pages.map((page) => readFileSync(page, 'utf8')).join('')
    for (const name of ['ml-heartbeat-millis', 'ml-vote-millis', 'l2-fence-probes', 'l2-stand-in-seconds'] as const) {
      expect(documentation).to.include(`| \`--${name}\` | ${speakerFlags[name].fallback} |`)
    }
  })

  it('take durations as Go writes them', () => {
    const millis = (...argv: string[]) => parseFlags(speakerFlags, argv, required)['l2-failback-delay']
    expect([millis(), millis('--l2-failback-delay=1m30s'), millis('--l2-failback-delay=0')]).to.deep.equal([
      0, 90_000, 0,
    ])
    expect(() => millis('--l2-failback-delay=30')).to.throw(/give a duration, such as 30s/)
  })

  it('announce again without cause at most once a second', () => {
    const millis = (text: string) =>
      parseFlags(speakerFlags, [`--l2-announce-interval=${text}`], required)['l2-announce-interval']
    expect([millis('0s'), millis('1s')]).to.deep.equal([0, 1_000])
    expect(() => millis('1ms')).to.throw(/--l2-announce-interval.*give 0s, or at least 1s/)
  })

  it('take the URL of the dataplane gate, and say what is wrong with another text', () => {
    const url = (...argv: string[]) => parseFlags(speakerFlags, argv, required)['dataplane-health-url']
    expect([url(), url('--dataplane-health-url=')]).to.deep.equal([undefined, undefined])
    expect(url('--dataplane-health-url=http://127.0.0.1:10256/healthz')?.port).to.equal('10256')
    expect(() => url('--dataplane-health-url=yes')).to.throw(/--dataplane-health-url.*give an address such as http:/)
  })

  it('pass the names of Secrets only to an frr-k8s in a namespace that is given', () => {
    const settings = (argv: string[], env = {}) =>
      speakerSettings(parseFlags(speakerFlags, ['--frrk8s-secret-passthrough', ...argv], { ...required, ...env }))
    const frrK8s = { METALLB_BGP_TYPE: 'frr-k8s' }
    expect(() => settings(['--frrk8s-namespace=frr'], frrK8s)).not.to.throw()
    expect(() => settings([], frrK8s)).to.throw(/--frrk8s-namespace/)
    expect(() => settings(['--frrk8s-namespace=frr'])).to.throw(/METALLB_BGP_TYPE=frr-k8s/)
  })
})
