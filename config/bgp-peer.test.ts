import { expect } from 'chai'
import type { BGPPeerV1beta1 } from '../crds/generated/types.ts'
import { formatAddress } from '../net/address.ts'
import { type ConfigObjects, parseConfig } from './parse.ts'
import type { ConfigRules } from './rules.ts'
import { formatSelector } from './selector.ts'
import type { BgpPeer } from './snapshot.ts'
import { bfd, peer, secret } from './testing/objects.ts'

function peerOf(spec: object, objects: Partial<ConfigObjects> = {}, rules?: ConfigRules): BgpPeer {
  const result = parseConfig({ pools: [], bgpPeers: [peer('r', spec)], ...objects }, rules)
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.config.peers[0]!
}

describe('a BGP peer', () => {
  it('has port 179, the default timers and every node, unless it says otherwise', () => {
    const only = peerOf({})
    expect(only).to.include({ port: 179, holdTimeSeconds: undefined, keepaliveTimeSeconds: undefined, vrf: '' })
    expect(only.nodeSelectors.map(formatSelector)).to.deep.equal([''])
    expect(only.address && formatAddress(only.address)).to.equal('192.0.2.1')
  })

  it('may be of either version, with the same outcome', () => {
    const v1beta1: BGPPeerV1beta1 = {
      apiVersion: 'metallb.io/v1beta1',
      metadata: { name: 'r' },
      spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 0, holdTime: '90s' },
    }
    expect(peerOf({}, { bgpPeers: [v1beta1] })).to.deep.equal(peerOf({ peerPort: 179, holdTime: '90s' }))
  })

  const timers: [given: object, hold: number, keepalive: number][] = [
    [{ holdTime: '100s' }, 100, 33.333333333],
    [{ keepaliveTime: '1s' }, 3, 1],
    [{ holdTime: '1m30s', keepaliveTime: '500ms' }, 90, 0.5],
    [{ holdTime: '3900ms' }, 3, 1.3],
    [{ holdTime: '0s' }, 0, 0],
    [{ holdTime: '0s', keepaliveTime: '0s' }, 0, 0],
  ]
  for (const [given, holdTimeSeconds, keepaliveTimeSeconds] of timers) {
    it(`with ${JSON.stringify(given)} holds ${holdTimeSeconds} s and shows life each ${keepaliveTimeSeconds} s`, () => {
      expect(peerOf(given)).to.include({ holdTimeSeconds, keepaliveTimeSeconds })
    })
  }

  it('waits the given time between attempts', () => {
    expect(peerOf({ connectTime: '7s' }).connectTimeSeconds).to.equal(7)
  })

  it('has an AS by number or by the side of the border', () => {
    expect(peerOf({}).peerAsn).to.equal(64513)
    expect(peerOf({ peerASN: 0, dynamicASN: 'internal' }).peerAsn).to.equal('internal')
  })

  it('has the password of the object or of the Secret, or passes on the name', () => {
    const secrets = [secret('s', { password: 'zwölf' })]
    const passwordSecret = { name: 's', namespace: 'ignored' }
    const passing: ConfigRules = { backend: 'frr-k8s', secretPassthrough: true }
    expect(peerOf({ password: 'a' })).to.include({ password: 'a', passwordSecret: undefined })
    expect(peerOf({ passwordSecret }, { secrets })).to.include({ password: 'zwölf', passwordSecret: 's' })
    expect(peerOf({ passwordSecret }, {}, passing)).to.include({ password: undefined, passwordSecret: 's' })
    expect(peerOf({ passwordSecret: {} })).to.include({ password: undefined, passwordSecret: undefined })
  })

  it('names a BFD profile, whose absent numbers are left to the engine', () => {
    const result = parseConfig({
      pools: [],
      bgpPeers: [peer('r', { bfdProfile: 'b' })],
      bfdProfiles: [bfd('b', { receiveInterval: 50, echoMode: true })],
    })
    expect(result.ok && result.config.peers[0]?.bfdProfile).to.equal('b')
    expect(result.ok && result.config.bfdProfiles.get('b')).to.deep.equal({
      name: 'b',
      receiveIntervalMillis: 50,
      transmitIntervalMillis: undefined,
      detectMultiplier: undefined,
      echoIntervalMillis: undefined,
      echoMode: true,
      passiveMode: false,
      minimumTtl: undefined,
    })
  })

  it('is judged by itself where references are ignored', () => {
    const rules: ConfigRules = { backend: 'native', references: 'ignore' }
    const spec = { bfdProfile: 'later', passwordSecret: { name: 'later' } }
    expect(peerOf(spec, {}, rules)).to.include({ bfdProfile: undefined, passwordSecret: undefined })
  })
})
