import { MemberCompany } from '../../ownership/member-company.ts'
import { Ownership } from '../../ownership/ownership.ts'
import type { Pace } from '../../ownership/pace.ts'
import type { MembershipEvent } from '../event.ts'
import type { Membership } from '../membership.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'
import { SimulatedLayer2 } from './layer2.ts'
import type { Process } from './process.ts'
import type { Packet } from './wire.ts'

interface AnnouncerOptions {
  readonly cluster: Cluster
  readonly host: Host
  readonly pace: Pace
  readonly membership: Membership
  readonly process: Process<Packet>
  step(event: MembershipEvent): void
}

/** The speaker's decisions about addresses, with an election that only knows who comes before whom. */
export class Announcer {
  readonly layer2: SimulatedLayer2
  readonly company: MemberCompany
  readonly ownership: Ownership
  readonly #told = new Map<string, readonly string[]>()
  readonly #waiting: (() => void)[] = []
  #isElecting = false

  constructor({ cluster, host, pace, membership, process, step }: AnnouncerOptions) {
    this.layer2 = new SimulatedLayer2(cluster, host, process)
    const { layer2 } = this
    this.company = new MemberCompany({
      ...{ node: host.name, pace, failbackMillis: cluster.settings.failbackSeconds * 1000, clock: process },
      members: membership,
      solicit: (neighbours) => layer2.solicit(neighbours),
      probeOwn: (most) => this.ownership.probeOwn(most),
      announceAgain: () => layer2.announceAgain('all'),
      whenElected: (run) => this.#whenElected(run),
      say: (phase) => step({ type: 'own', phase }),
      onChange: () => this.ownership.conform(),
    })
    this.ownership = new Ownership({
      ...{ clock: process, pace, company: this.company, layer2 },
      outranks: (service, node) => layer2.comesBefore(service, node, host.name),
      onRole: () => {},
      onConflict: () => {},
    })
    const restMillis = cluster.hosts.length > 100 ? 20 : 0
    this.company.subscribe(() => this.#electLater(process, restMillis))
  }

  electAll(): void {
    for (const { service, address, order } of this.layer2.vips()) {
      const elected = this.#elect(order)
      const told = this.#told.get(service)
      if (told?.length === elected.length && told.every((name, i) => name === elected[i])) continue
      this.#told.set(service, elected)
      this.ownership.tell(service, { addresses: [address], order: elected, interfaces: 'all' })
    }
  }

  /** The product looks at no more than so many either. */
  #elect(order: readonly string[]): string[] {
    const { standings } = this.company
    const candidates: string[] = []
    const reserve: string[] = []
    for (const name of order) {
      const standing = standings.get(name)
      if (standing !== undefined) (standing === 'reserve' ? reserve : candidates).push(name)
      if (candidates.length > mostCandidates) break
    }
    return [...candidates, ...reserve]
  }

  /** A takeover needs no election. */
  #electLater(process: Process<Packet>, restMillis: number): void {
    if (this.#isElecting) return
    this.#isElecting = true
    process.setTimeout(() => {
      this.#isElecting = false
      this.electAll()
      for (const run of this.#waiting.splice(0)) run()
    }, restMillis)
  }

  #whenElected(run: () => void): void {
    if (this.#isElecting) this.#waiting.push(run)
    else run()
  }
}

const mostCandidates = 16
