import { type Address, formatAddress } from '../../../net/address.ts'
import { formatMac } from '../../../net/mac.ts'
import type { Role } from '../../layer2/book.ts'
import type { Neighbour } from '../../layer2/neighbour.ts'
import { Unsolicited } from '../../layer2/unsolicited.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'
import type { Process } from './process.ts'
import type { Vip } from './vip.ts'
import { interfaceName, type Packet } from './wire.ts'

/** What layer 2 is to the rest of a speaker, with the simulated wire in place of packet sockets. */
export class SimulatedLayer2 {
  /** Its sockets work. */
  isOpen = true
  readonly #cluster: Cluster
  readonly #host: Host
  readonly #vips = new Map<string, Vip>()
  readonly #roles = new Map<Vip, Role>()
  /** Of those the ones that it would answer for with a MAC that it does not know yet. */
  readonly #mute = new Set<Vip>()
  readonly #burst: Unsolicited<Vip>

  constructor(cluster: Cluster, host: Host, process: Process<Packet>) {
    this.#cluster = cluster
    this.#host = host
    this.#burst = new Unsolicited<Vip>(process, (vips) => this.#announce(vips))
    for (const vip of cluster.vips) {
      if (vip.candidates.includes(host)) this.#vips.set(formatAddress(vip.address), vip)
    }
  }

  vips(): Iterable<Vip> {
    return this.#vips.values()
  }

  comesBefore(service: string, node: string, other: string): boolean {
    const order = this.#vips.values().find((vip) => vip.service === service)?.order ?? []
    const place = order.indexOf(node)
    return place >= 0 && place < order.indexOf(other)
  }

  answersFor(vip: Vip): boolean {
    return this.isOpen && this.#roles.has(vip)
  }

  hold(): void {}

  release(): void {}

  answer(address: Address, as: Role): void {
    const vip = this.#find(address)
    if (as === 'nobody') this.#roles.delete(vip)
    else this.#roles.set(vip, as)
    if (as === 'own') this.#burst.start([vip])
    else this.#burst.stop(vip)
    this.#tell(vip)
  }

  /** A stand-in may have got to know the MAC that it is to answer with. */
  heardClaim(): void {
    for (const vip of this.#mute) this.#tell(vip)
  }

  announceAgain(addresses: readonly Address[] | 'all'): void {
    const vips = addresses === 'all' ? [...this.#roles.keys()] : addresses.map((address) => this.#find(address))
    const own = vips.filter((vip) => this.#roles.get(vip) === 'own')
    for (const vip of own) this.#burst.stop(vip)
    this.#burst.start(own)
  }

  probe(addresses: readonly Address[]): void {
    if (!this.isOpen) return
    for (const address of addresses) {
      this.#note(address, 'probes')
      this.#cluster.wire.ask(this.#host, this.#find(address))
    }
  }

  solicit(neighbours: readonly Neighbour[]): void {
    if (!this.isOpen) return
    const cluster = this.#cluster
    for (const { mac, ipv4 } of neighbours) {
      const asked = cluster.hostOfMac(mac) ?? (ipv4 && cluster.hostOfAddress(ipv4))
      if (asked !== undefined) cluster.wire.solicit(this.#host, asked)
    }
  }

  /** Somebody asks for the address. */
  asked({ by, vip }: Packet & { type: 'asked' }): void {
    const role = this.#roles.get(vip)
    if (role === undefined || !this.isOpen) return
    const mac = this.#macOf(role)
    if (mac === undefined) return
    this.#note(vip.address, `tells ${by.name} of ${mac} for`)
    const claim = {
      address: vip.address,
      mac,
      sender: this.#host.link.mac,
      interface: interfaceName,
      kind: 'reply',
    } as const
    this.#cluster.wire.frame(this.#host, by, { type: 'claim', claim })
  }

  #tell(vip: Vip): void {
    const role = this.#roles.get(vip) ?? 'nobody'
    const known = typeof role === 'string' ? role : this.#absentOf(role)
    if (known === 'nobody' && role !== 'nobody') this.#mute.add(vip)
    else this.#mute.delete(vip)
    this.#note(vip.address, `answers as ${typeof known === 'string' ? known : known.name} for`)
    this.#cluster.owners.set(this.#host, vip, known)
  }

  #note(address: Address, text: string): void {
    this.#cluster.trace?.note(this.#host.name, formatAddress(address), text)
  }

  #find(address: Address): Vip {
    return this.#vips.get(formatAddress(address))!
  }

  #announce(vips: readonly Vip[]): void {
    if (this.isOpen) for (const vip of vips) this.#cluster.wire.announce(this.#host, vip)
  }

  #macOf(role: Role): string | undefined {
    if (role === 'own') return this.#host.link.mac
    const mac = role === 'nobody' ? undefined : role.mac(interfaceName)
    return mac && formatMac(mac)
  }

  #absentOf(role: Role): Host | 'nobody' {
    const mac = this.#macOf(role)
    return (mac && this.#cluster.hostOfMac(mac)) || 'nobody'
  }
}
