import type { NetworkFacts, UsableInterface } from './network-facts.ts'
import { effective, ipv6OffPath, type Settings, settingPath } from './settings.ts'

/** All that the checks look at. */
export interface HostFacts {
  readonly network: NetworkFacts
  readonly settings: Settings
  /** Families of the addresses in pools. */
  readonly families: ReadonlySet<4 | 6>
  /** What is wrong with kube-proxy, in its own words; undefined: nothing that is known. */
  readonly kubeProxyFault: string | undefined
  /** Nodes with ready speakers that this one has not heard for minutes. */
  readonly lost: readonly string[]
}

export interface Problem {
  /** Its page is docs/problems/<reason>.md. */
  readonly reason: string
  readonly message: string
}

interface ProblemRow {
  readonly reason: string
  /** What is wrong, for people; undefined: nothing. */
  readonly sentence: (facts: HostFacts) => string | undefined
  readonly remedy: string
}

/** Linux' own default for a socket (net.core.rmem_default), and for its options, with groups of multicast among them. */
const leastBytes = { 'net/core/rmem_max': 212_992, 'net/core/optmem_max': 20_480 } as const

export const problemRows: readonly ProblemRow[] = [
  {
    reason: 'NoUsableInterface',
    sentence: ({ network: { usable, unusable } }) => {
      if (usable.length > 0) return undefined
      const found = unusable.slice(0, 8).map(({ name, why }) => `${name} is ${wordsFor[why]}`)
      return `this node has no interface to answer on (${found.join(', ') || 'there is none at all'})`
    },
    remedy: 'set one up, or take it off the list of excluded interfaces',
  },
  {
    reason: 'IPv6Off',
    sentence: ({ network: { usable }, settings, families }) => {
      const isOff = ({ name }: UsableInterface) => settings.get(ipv6OffPath(name)) === 1
      const names = families.has(6) && usable.every(isOff) ? namesOf(usable, isOff) : undefined
      return (
        names && `pools have IPv6 addresses, and IPv6 is disabled on ${names}: nobody answers for them on this node`
      )
    },
    remedy: 'set disable_ipv6 to 0, or select other nodes in the L2Advertisement',
  },
  {
    reason: 'StrictArpOff',
    sentence: ({ network: { hasIpvs, usable }, settings }) => {
      const isLoose = ({ name }: UsableInterface) =>
        isBelow(1, effective(settings, name, 'arp_ignore')) || isBelow(2, effective(settings, name, 'arp_announce'))
      const names = hasIpvs ? namesOf(usable, isLoose) : undefined
      return (
        names && `kube-proxy runs in IPVS mode, and on ${names} the kernel answers ARP for addresses of all Services`
      )
    },
    remedy: 'set strictARP: true in the configuration of kube-proxy and restart it',
  },
  {
    reason: 'ArpIgnoreAll',
    sentence: ({ network: { usable }, settings }) => {
      const names = namesOf(usable, ({ name }) => effective(settings, name, 'arp_ignore') === 8)
      return names && `arp_ignore is 8 on ${names}: other speakers cannot see there that this node is up`
    },
    remedy: 'set arp_ignore to 2 or less',
  },
  {
    reason: 'ReversePathFilterStrict',
    sentence: ({ network: { usable }, settings }) => {
      const connected = usable.filter(({ isInIpv4Network }) => isInIpv4Network)
      const isStrict = ({ name, isWayBack }: UsableInterface) =>
        !isWayBack && effective(settings, name, 'rp_filter') === 1
      const isMultiHomed = usable.some(({ isWayBack }) => isWayBack)
      const names = isMultiHomed ? namesOf(connected, isStrict) : undefined
      return names && `rp_filter is strict on ${names}: packets of clients behind a router there are dropped`
    },
    remedy: 'set rp_filter to 2 (loose), or announce on other interfaces',
  },
  {
    reason: 'ForwardingOff',
    sentence: ({ network: { usable }, settings, families }) => {
      const isOff = ({ name }: UsableInterface) => settings.get(settingPath(name, 'forwarding')) === 0
      const ipv4 = families.has(4) ? namesOf(usable, isOff) : undefined
      const ipv6 = families.has(6) && settings.get('net/ipv6/conf/all/forwarding') === 0
      const parts = [...(ipv4 ? [`of IPv4 on ${ipv4}`] : []), ...(ipv6 ? ['of IPv6'] : [])]
      return parts.length > 0 ? `forwarding ${parts.join(' and ')} is off: packets do not reach pods` : undefined
    },
    remedy: 'set net.ipv4.ip_forward and net.ipv6.conf.all.forwarding to 1',
  },
  {
    reason: 'SocketBuffersSmall',
    sentence: ({ settings }) => {
      const small = Object.entries(leastBytes).filter(([path, least]) => isBelow(least, settings.get(path)))
      const found = small.map(([path, least]) => `${path} is ${settings.get(path)}, less than ${least}`)
      return found.length > 0 ? `${found.join(', ')}: requests are lost when many arrive at once` : undefined
    },
    remedy: "leave it at the kernel's default or above",
  },
  {
    reason: 'KubeProxyUnhealthy',
    sentence: ({ kubeProxyFault }) => kubeProxyFault && `kube-proxy of this node is not healthy (${kubeProxyFault})`,
    remedy: 'look into its log, or correct --dataplane-health-url: packets to addresses of Services may not reach pods',
  },
  {
    reason: 'SpeakersUnheard',
    sentence: ({ lost }) => {
      const more = lost.length > 8 ? ` and ${lost.length - 8} more` : ''
      return lost.length > 0
        ? `speakers are ready on ${lost.slice(0, 8).join(', ')}${more}, and have not been heard here for minutes`
        : undefined
    },
    remedy: 'let UDP to the port of the member list pass between the nodes, with the same secret on all of them',
  },
]

const wordsFor = {
  excluded: 'excluded',
  down: 'down',
  enslaved: 'a port of another one',
  'no-arp': 'without ARP',
  'no-hardware-address': 'without a MAC address',
} as const satisfies Record<NetworkFacts['unusable'][number]['why'], string>

/** Guarantees: in the order of the table. */
export function problemsOf(facts: HostFacts): Problem[] {
  return problemRows.flatMap(({ reason, sentence, remedy }) => {
    const found = sentence(facts)
    return found === undefined ? [] : [{ reason, message: `${found}: ${remedy}` }]
  })
}

function isBelow(least: number, value: number | undefined): boolean {
  return value !== undefined && value < least
}

function namesOf(
  interfaces: readonly UsableInterface[],
  isAtFault: (one: UsableInterface) => boolean,
): string | undefined {
  const names = interfaces.filter(isAtFault).map(({ name }) => name)
  return names.length > 0 ? names.slice(0, 8).join(', ') : undefined
}
