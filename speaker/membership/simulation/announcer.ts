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
    this.company.subscribe(() => this.#electLater(process))
  }

  electAll(): void {
    const { standings } = this.company
    for (const { service, address, order } of this.layer2.vips()) {
      const candidates = order.filter((name) => (standings.get(name) ?? 'reserve') !== 'reserve')
      const reserve = order.filter((name) => standings.get(name) === 'reserve')
      this.ownership.tell(service, { addresses: [address], order: [...candidates, ...reserve], interfaces: 'all' })
    }
  }

  #electLater(process: Process<Packet>): void {
    if (this.#isElecting) return
    this.#isElecting = true
    process.setTimeout(() => {
      this.#isElecting = false
      this.electAll()
      for (const run of this.#waiting.splice(0)) run()
    }, 0)
  }

  #whenElected(run: () => void): void {
    if (this.#isElecting) this.#waiting.push(run)
    else run()
  }
}
