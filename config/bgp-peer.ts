import type { BGPPeer, BGPPeerSpec, BGPPeerV1beta1 } from '../crds/generated/types.ts'
import { type Address, parseAddress } from '../net/address.ts'
import { parsePassword, type Secrets } from './bgp-password.ts'
import { parseTimers } from './bgp-timers.ts'
import type { FaultCode, Report } from './faults.ts'
import type { Rules } from './rules.ts'
import { everything, parseSelectors } from './selector.ts'
import type { BgpPeer } from './snapshot.ts'

/** A peer with the means to say what is wrong with it in the company of others. */
export interface PeerDraft {
  readonly peer: BgpPeer
  readonly report: Report
}

export interface PeerContext {
  readonly secrets: Secrets
  readonly bfdProfiles: ReadonlyMap<string, unknown>
  readonly rules: Rules
}

/** Both versions have the same fields, as far as they have them. */
export function parsePeer(source: BGPPeer | BGPPeerV1beta1, context: PeerContext, report: Report): PeerDraft {
  const spec: BGPPeerSpec = source.spec ?? { myASN: 0 }
  const selectors = parseSelectors(spec.nodeSelectors, 'spec.nodeSelectors', report)
  if (spec.disableMP) report({ code: 'disable-mp', field: 'spec.disableMP', value: true })
  const peer: BgpPeer = {
    name: source.metadata?.name ?? '',
    ...parseAutonomousSystems(spec, report),
    ...parseEndpoints(spec, context.rules, report),
    ...parseTimers(spec, report),
    ...parsePassword(spec, context.secrets, report),
    ebgpMultiHop: spec.ebgpMultiHop ?? false,
    nodeSelectors: selectors.length === 0 ? [everything] : selectors,
    bfdProfile: parseBfdProfile(spec, context, report),
    gracefulRestart: spec.enableGracefulRestart ?? false,
    vrf: spec.vrf ?? '',
    dualStack: spec.dualStackAddressFamily ?? false,
    disableMP: spec.disableMP ?? false,
  }
  return { peer, report }
}

function parseAutonomousSystems(spec: BGPPeerSpec, report: Report): Pick<BgpPeer, 'myAsn' | 'peerAsn' | 'localAsn'> {
  const { myASN, peerASN = 0, localASN = 0, dynamicASN, ebgpMultiHop } = spec
  const check = (name: 'myASN' | 'peerASN' | 'localASN', value: number): void => {
    if (!isAsn(value)) report({ code: 'bad-asn', field: `spec.${name}`, value })
  }
  check('myASN', myASN)
  if (peerASN !== 0) check('peerASN', peerASN)
  if (localASN !== 0) check('localASN', localASN)
  if (!peerASN && !dynamicASN) report({ code: 'peer-asn-missing', field: 'spec.peerASN', value: peerASN })
  if (peerASN && dynamicASN) report({ code: 'asn-and-dynamic-asn', field: 'spec.dynamicASN', value: dynamicASN })
  if (dynamicASN && !['internal', 'external'].includes(dynamicASN)) {
    report({ code: 'bad-dynamic-asn', field: 'spec.dynamicASN', value: dynamicASN })
  }
  if (ebgpMultiHop && myASN === peerASN) report({ code: 'multihop-on-ibgp', field: 'spec.ebgpMultiHop', value: true })
  return { myAsn: myASN, peerAsn: dynamicASN || peerASN, localAsn: localASN || undefined }
}

type Endpoints = Pick<BgpPeer, 'address' | 'interface' | 'port' | 'sourceAddress' | 'routerId'>

function parseEndpoints(spec: BGPPeerSpec, rules: Rules, report: Report): Endpoints {
  const { peerAddress = '', interface: link = '', peerPort = 0 } = spec
  if (!peerAddress && !link) {
    report({ code: 'address-or-interface-missing', field: 'spec.peerAddress', value: peerAddress })
  }
  if (peerAddress && link) report({ code: 'address-and-interface', field: 'spec.interface', value: link })
  const address = addressOf(spec, 'peerAddress', 'peer-address-invalid', report)
  const sourceAddress = addressOf(spec, 'sourceAddress', 'source-address-invalid', report)
  const routerId = addressOf(spec, 'routerID', 'router-id-invalid', report)
  if (address && sourceAddress && address.family !== sourceAddress.family) {
    report({ code: 'source-address-family', field: 'spec.sourceAddress', value: spec.sourceAddress })
  }
  if (rules.routerIdIsIpv4 && routerId?.family === 6) {
    report({ code: 'router-id-not-ipv4', field: 'spec.routerID', value: spec.routerID })
  }
  if (!isPort(peerPort)) report({ code: 'bad-port', field: 'spec.peerPort', value: peerPort })
  return { address, interface: link || undefined, port: peerPort || defaultPort, sourceAddress, routerId }
}

/** undefined: absent, or at fault. */
function addressOf(
  spec: BGPPeerSpec,
  name: 'peerAddress' | 'sourceAddress' | 'routerID',
  code: FaultCode,
  report: Report,
): Address | undefined {
  const text = spec[name]
  if (!text) return undefined
  try {
    return parseAddress(text)
  } catch {
    report({ code, field: `spec.${name}`, value: text })
    return undefined
  }
}

function parseBfdProfile(
  { bfdProfile }: BGPPeerSpec,
  { bfdProfiles }: PeerContext,
  report: Report,
): string | undefined {
  if (!bfdProfile) return undefined
  if (!bfdProfiles.has(bfdProfile)) {
    report({ code: 'bfd-profile-missing', field: 'spec.bfdProfile', value: bfdProfile })
  }
  return bfdProfile
}

const defaultPort = 179
const largestPort = 16384
const largestAsn = 0xffffffff

/** 0 is as good as absent: the schema of v1beta1 has no default. */
function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= largestPort
}

function isAsn(asn: number): boolean {
  return Number.isInteger(asn) && asn >= 1 && asn <= largestAsn
}
