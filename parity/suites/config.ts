import { type ConfigObjects, parseConfig } from '../../config/parse.ts'
import type { BgpBackend } from '../../config/rules.ts'
import { formatSelector, type LabelSelector } from '../../config/selector.ts'
import type { BfdProfile, BgpAdvertisement, BgpPeer, Config, Layer2Advertisement, Pool } from '../../config/snapshot.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Address, formatAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import { rangeToPrefixes } from '../../net/range.ts'
import { type Facts, type Operations, runSteps, type Step, type Suite } from '../suite.ts'
import { configObjectsOf } from './objects.ts'

const operations: Operations<ConfigObjects> = {
  load: (objects, step) => read(objects, step, 'resolve'),
  admit: (objects, step) => read(objects, step, 'ignore'),
}

function read(
  objects: ConfigObjects,
  { bgpBackend = 'none', secretPassthrough }: Step,
  references: 'resolve' | 'ignore',
): Facts {
  const rules = { backend: bgpBackend as BgpBackend, secretPassthrough: secretPassthrough === true, references }
  const result = parseConfig(objects, rules)
  if (result.ok) return { accepted: true, config: configFacts(result.config, objects) }
  const { errors } = result
  return {
    accepted: false,
    why: errors.map(({ code }) => code),
    mayResolveLater: errors.every(({ mayResolveLater }) => mayResolveLater),
  }
}

function configFacts({ pools, peers, bfdProfiles }: Config, { extras }: ConfigObjects): Facts {
  return {
    pools: Object.fromEntries(pools.map((pool) => [pool.name, poolFacts(pool)])),
    peers: Object.fromEntries(peers.map((peer) => [peer.name, peerFacts(peer)])),
    bfdProfiles: Object.fromEntries([...bfdProfiles].map(([name, profile]) => [name, bfdFacts(profile)])),
    // Nothing here is made of it, so it is in no snapshot.
    bgpExtras: extras?.data?.['extras'] ?? '',
  }
}

function poolFacts({ ranges, autoAssign, avoidBuggyIPs, allocation, layer2, bgp }: Pool): Facts {
  return {
    ...{ autoAssign, avoidBuggyIPs },
    cidrs: ranges.flatMap(rangeToPrefixes).map(formatPrefix),
    allocateTo:
      allocation === undefined
        ? null
        : {
            priority: allocation.priority,
            namespaces: [...allocation.namespaces].sort(),
            serviceSelectors: texts(allocation.serviceSelectors),
          },
    bgpAdvertisements: bgp.map(bgpFacts),
    l2Advertisements: layer2.map(layer2Facts),
  }
}

function bgpFacts(advertisement: BgpAdvertisement): Facts {
  const { name, nodes, peers, serviceSelectors, communities } = advertisement
  const { aggregationLength, aggregationLengthV6, localPref } = advertisement
  return {
    ...{ name, peers, aggregationLength, aggregationLengthV6, localPref },
    nodes: [...nodes].sort(),
    serviceSelectors: texts(serviceSelectors),
    communities: communities.map(({ parts }) => parts.join(':')).sort(),
  }
}

function layer2Facts({ nodes, interfaces, serviceSelectors, preferredNodes }: Layer2Advertisement): Facts {
  return {
    interfaces,
    allInterfaces: interfaces.length === 0,
    nodes: [...nodes].sort(),
    serviceSelectors: texts(serviceSelectors),
    preferredNodes: Object.fromEntries(preferredNodes),
  }
}

function peerFacts(peer: BgpPeer): Facts {
  const { ebgpMultiHop, disableMP, vrf, port, holdTimeSeconds, keepaliveTimeSeconds, connectTimeSeconds } = peer
  const { password = '', passwordSecret = '' } = peer
  const isDynamic = typeof peer.peerAsn === 'string'
  return {
    ...{ ebgpMultiHop, disableMP, vrf, port, passwordSecret },
    myASN: peer.myAsn,
    asn: isDynamic ? 0 : peer.peerAsn,
    dynamicASN: isDynamic ? peer.peerAsn : '',
    localASN: peer.localAsn ?? 0,
    address: addressText(peer.address),
    interface: peer.interface ?? '',
    sourceAddress: addressText(peer.sourceAddress),
    routerID: addressText(peer.routerId),
    holdTimeSeconds: holdTimeSeconds ?? null,
    keepaliveTimeSeconds: keepaliveTimeSeconds ?? null,
    connectTimeSeconds: connectTimeSeconds ?? null,
    nodeSelectors: texts(peer.nodeSelectors),
    password: passwordSecret === '' ? password : '',
    secretPassword: passwordSecret === '' ? '' : password,
    bfdProfile: peer.bfdProfile ?? '',
    enableGracefulRestart: peer.gracefulRestart,
    dualStackAddressFamily: peer.dualStack,
  }
}

function bfdFacts(profile: BfdProfile): Facts {
  const { echoMode, passiveMode, detectMultiplier, minimumTtl } = profile
  return {
    ...{ echoMode, passiveMode },
    detectMultiplier: detectMultiplier ?? null,
    receiveInterval: profile.receiveIntervalMillis ?? null,
    transmitInterval: profile.transmitIntervalMillis ?? null,
    echoInterval: profile.echoIntervalMillis ?? null,
    minimumTTL: minimumTtl ?? null,
  }
}

function addressText(address: Address | undefined): string | null {
  return address === undefined ? null : formatAddress(address)
}

function texts(selectors: readonly LabelSelector[]): string[] {
  return selectors.map(formatSelector)
}

/** An absent port is 0 in MetalLB without its converter; here it is what it means. */
function isSamePort(expected: unknown, actual: unknown): boolean {
  return expected === actual || (expected === 0 && actual === 179)
}

/** RFC 4271 s4.2: whole seconds; MetalLB cuts the rest off when it sends, here the configuration has none. */
function isSameHoldTime(expected: unknown, actual: unknown): boolean {
  return expected === actual || (typeof expected === 'number' && Math.trunc(expected) === actual)
}

/** A list of one value is written as that value here. */
function isSameSelector(expected: unknown, actual: unknown): boolean {
  return typeof expected === 'string' && expected.replaceAll(/ in \(([^,()]*)\)/g, '=$1') === actual
}

export const config: Suite = {
  rules: {
    why: 'informative',
    'config.pools': 'map',
    'config.pools.*.allocateTo.serviceSelectors.*': isSameSelector,
    'config.pools.*.bgpAdvertisements.*.serviceSelectors.*': isSameSelector,
    'config.pools.*.l2Advertisements.*.serviceSelectors.*': isSameSelector,
    'config.pools.*.l2Advertisements.*.interfaces': 'set',
    'config.pools.*.l2Advertisements.*.preferredNodes': 'map',
    'config.peers': 'map',
    'config.peers.*.port': isSamePort,
    'config.peers.*.holdTimeSeconds': isSameHoldTime,
    'config.peers.*.nodeSelectors.*': isSameSelector,
    'config.bfdProfiles': 'map',
  },
  run: ({ objects }, steps) => runSteps(operations, configObjectsOf(objects as KubeObject[]), steps),
}
