/** The addresses of a lab's LAN: 172.30.N.0/24 and fd00:30:0:N::/64, N being the lab's index on this machine. */
export interface DualStack {
  readonly v4: string
  readonly v6: string
}

/** Host part of each machine; in IPv6 the same digits, read as hexadecimal (172.30.0.11 and fd00:30::11). */
const hostPart = { gateway: 1, controlPlane: 2, router: 3, node: 10, client: 100, vip: 200, host: 254 } as const

export const lastNode = 80
export const lastVip = 50

export interface LabAddresses {
  readonly subnet: DualStack
  readonly gateway: DualStack
  readonly controlPlane: DualStack
  readonly router: DualStack
  readonly client: DualStack
  readonly host: DualStack
  /** Nodes count from 1. */
  node(number: number): DualStack
  /** Addresses free for Services, counted from 0 to 50. */
  vip(number: number): DualStack
  readonly vipRange: DualStack
  podSubnet(node: number): DualStack
}

export const podNetwork: DualStack = { v4: '10.244.0.0/16', v6: 'fd00:10:244::/48' }
export const serviceNetwork: DualStack = { v4: '10.96.0.0/16', v6: 'fd00:96::/112' }

export function addressesOf(index: number): LabAddresses {
  const v6Prefix = index === 0 ? 'fd00:30:' : `fd00:30:0:${index.toString(16)}:`
  const at = (part: number): DualStack => ({ v4: `172.30.${index}.${part}`, v6: `${v6Prefix}:${part}` })
  const within = (base: number, last: number, number: number): DualStack => {
    if (!Number.isInteger(number) || number < 0 || number > last)
      throw new RangeError(`no address for number ${number}`)
    return at(base + number)
  }
  const vip = (number: number) => within(hostPart.vip, lastVip, number)
  const [first, last] = [vip(0), vip(lastVip)]
  return {
    subnet: { v4: `172.30.${index}.0/24`, v6: `${v6Prefix}:/64` },
    gateway: at(hostPart.gateway),
    controlPlane: at(hostPart.controlPlane),
    router: at(hostPart.router),
    client: at(hostPart.client),
    host: at(hostPart.host),
    node: (number) => within(hostPart.node, lastNode, number),
    vip,
    vipRange: { v4: `${first.v4}-${last.v4}`, v6: `${first.v6}-${last.v6}` },
    podSubnet: (node) => ({ v4: `10.244.${node}.0/24`, v6: `fd00:10:244:${node}::/64` }),
  }
}
