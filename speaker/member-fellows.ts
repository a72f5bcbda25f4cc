import { networkInterfaces } from 'node:os'
import type { V1Pod } from '@kubernetes/client-node'
import type { Standings } from '../announcement/standing.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import { isReadyPod } from '../kube/pod.ts'
import type { Store } from '../kube/store.ts'
import { type Address, parseAddress, sameAddress } from '../net/address.ts'
import type { Fellows, FellowsHooks, FellowsStores } from './fellows.ts'
import type { Layer2 } from './layer2/layer2.ts'
import { alsoAt, anywhere } from './layer2/neighbour.ts'
import { LostContact } from './lost-contact.ts'
import type { MemberListSettings } from './member-list-settings.ts'
import { Members, type ShellAction } from './members.ts'
import { type MemberLink, maxLinks, type Phase } from './membership/member.ts'
import { MemberCompany } from './ownership/member-company.ts'
import type { Pace } from './ownership/pace.ts'
import { Unheard } from './unheard.ts'

export interface MemberFellowsOptions {
  readonly node: string
  readonly settings: MemberListSettings
  readonly pace: Pace
  readonly failbackMillis: number
  readonly layer2: Pick<Layer2, 'solicit' | 'whereabouts' | 'interfaceNames'>
  /** Somebody who answers when nobody else is heard. */
  readonly gateways: () => readonly Address[]
  readonly log: Log
  readonly clock: Clock
}

/** After a change of members or pods. */
const lookMillis = 100

/** Speakers that hear each other: needs the API server only to know whom to expect. */
export class MemberFellows implements Fellows {
  readonly company: MemberCompany
  readonly #options: MemberFellowsOptions
  readonly #members: Members
  readonly #unheard: Unheard
  readonly #contact = new LostContact()
  readonly #started = Promise.withResolvers<void>()
  #hooks: FellowsHooks | undefined
  #speakerPods: Store<V1Pod> | undefined
  #isSynced = false
  #looking: { readonly atMillis: number; readonly timer: ReturnType<Clock['setTimeout']> } | undefined

  /** Throws when the port or the secret is not to be had. */
  constructor(options: MemberFellowsOptions) {
    const { node, settings, pace, failbackMillis, layer2, gateways, log, clock } = options
    this.#options = options
    this.#unheard = new Unheard(node)
    this.#members = new Members({
      ...{ ...settings, node, log, clock },
      interfaces: () => layer2.interfaceNames(),
      onAction: (action) => this.#on(action),
      onSilence: (nodes) => layer2.solicit([...gateways(), ...nodes].map(anywhere)),
    })
    this.company = new MemberCompany({
      ...{ node, pace, failbackMillis, clock, members: this.#members.list.membership },
      solicit: (neighbours) => layer2.solicit(neighbours),
      probeOwn: (most) => this.#hooks?.probeOwn(most),
      announceAgain: () => this.#hooks?.announceAgain(),
      whenElected: (run) => this.#hooks?.whenElected(run),
      say: (phase) => this.#say(phase),
      onChange: () => this.#hooks?.conform(),
    })
    this.interfacesChanged()
  }

  get standings(): Standings {
    return this.company.standings
  }

  subscribe(listener: () => void): void {
    this.company.subscribe(listener)
  }

  get phase(): Phase {
    return this.company.phase
  }

  get counts(): Members['counts'] {
    return this.#members.counts
  }

  get memberList(): Members {
    return this.#members
  }

  get hasStarted(): Promise<void> {
    return this.#started.promise
  }

  connect(hooks: FellowsHooks): void {
    this.#hooks = hooks
    hooks.conform()
  }

  follow({ speakerPods }: FellowsStores): void {
    this.#speakerPods = speakerPods
    this.#members.follow(speakerPods)
    speakerPods.subscribe(() => this.#lookWithin(lookMillis))
    this.#lookForUnheard()
  }

  lostContact(): readonly string[] {
    const { node, clock } = this.#options
    const { membership } = this.#members.list
    const ready = [...(this.#speakerPods?.values() ?? [])]
      .filter(isReadyPod)
      .flatMap(({ spec }) => spec?.nodeName ?? [])
    const silent = ready.filter((name) => name !== node && membership.member(name)?.life !== 'alive')
    return this.#contact.among(new Set(silent), clock.now())
  }

  settled(): void {
    this.company.settled()
  }

  setFit(isFit: boolean): void {
    this.company.setFit(isFit)
  }

  /** Of itself it knows better. */
  setMacs(node: string, macs: readonly string[]): void {
    if (node !== this.#options.node) this.company.setMacs(node, macs)
  }

  setConfiguration(configuration: number): void {
    this.#members.list.say({ configuration })
  }

  interfacesChanged(): void {
    const links = this.#mainFirst(this.#options.layer2.whereabouts())
    this.company.setMacs(
      this.#options.node,
      links.map(({ mac }) => mac),
    )
    this.#members.list.say({ links: links.slice(0, maxLinks) })
  }

  setHearing(can: boolean): void {
    this.#members.list.hearing(can)
  }

  leave(): Promise<void> {
    const isTold = this.#members.list.leave()
    this.company.leave()
    return isTold
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#looking?.timer)
    this.#members.close()
  }

  /** The link over which the speakers talk: where a node must be seen to count as there. */
  #mainFirst(links: readonly MemberLink[]): MemberLink[] {
    const { bind } = this.#options.settings
    const at = macAt(bind)
    const isMain = ({ mac, ipv4 }: MemberLink): boolean => mac === at || (ipv4 !== undefined && sameAddress(ipv4, bind))
    return [...links.filter(isMain), ...links.filter((link) => !isMain(link))]
  }

  #say(phase: Phase): void {
    this.#members.list.say({ phase })
    if (phase !== 'starting') this.#started.resolve()
    this.#hooks?.changed()
  }

  #on(action: ShellAction): void {
    if (action.type === 'synced') this.#sync()
    if (action.type === 'deaf') this.#isSynced = false
    this.company.on(action)
    if (action.type === 'solicit') this.#solicit(action.name)
    if (action.type === 'changed') this.#lookWithin(lookMillis)
    this.#hooks?.changed()
  }

  /** The kernel, which asks for a lost neighbour once a second, heeds the answer for the address that datagrams go to. */
  #solicit(name: string): void {
    const { list } = this.#members
    const address = list.addressOf(name)
    const links = list.membership.member(name)?.links ?? []
    if (address !== undefined) this.#options.layer2.solicit(alsoAt(address, links))
  }

  /** Before this node serves: the fence holds only against those of whom it knows the MAC. */
  #sync(): void {
    this.#isSynced = true
    this.#lookForUnheard()
  }

  #lookForUnheard(): void {
    const { clock } = this.#options
    if (this.#speakerPods === undefined) return
    const { membership } = this.#members.list
    const isHeard = (node: string) => (membership.member(node)?.life ?? 'absent') !== 'absent'
    const isAlone = this.#isSynced && this.counts.seen === 1
    const unheard = this.#unheard.among(this.#speakerPods.values(), isHeard, clock.now(), isAlone)
    this.company.setUnheard(unheard)
    if (unheard.size > 0) this.#hooks?.macsWanted()
    this.#lookWithin(this.#unheard.dueMillis(clock.now()) - clock.now())
  }

  /** Many changes together are one look. */
  #lookWithin(millis: number): void {
    const { clock } = this.#options
    const atMillis = clock.now() + millis
    if (atMillis >= (this.#looking?.atMillis ?? Number.POSITIVE_INFINITY) || millis === Number.POSITIVE_INFINITY) return
    clock.clearTimeout(this.#looking?.timer)
    const timer = clock.setTimeout(() => {
      this.#looking = undefined
      this.#lookForUnheard()
    }, millis)
    this.#looking = { atMillis, timer }
  }
}

/** Of the interface that has an address, be it a second one or of IPv6. */
function macAt(address: Address): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find((one) => sameAddress(parseAddress(one.address), address))?.mac
}
