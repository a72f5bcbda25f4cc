import type { Standing, Standings } from '../../announcement/standing.ts'
import type { Claim } from '../layer2/claim.ts'
import type { Neighbour } from '../layer2/neighbour.ts'
import type { Action } from '../membership/action.ts'
import type { Member, Phase } from '../membership/member.ts'
import { Absences } from './absences.ts'
import type { Company, Relation } from './company.ts'
import type { Outlook } from './duty.ts'
import { askHomecoming, beginHomecoming, type Homecoming, homecomingSample } from './homecoming.ts'
import { Introductions } from './introductions.ts'
import { KnownMacs } from './known-macs.ts'
import type { Pace } from './pace.ts'
import { canServe, newTenure, ownAbilities, phaseOf, type Tenure } from './tenure.ts'

export interface MemberCompanyOptions {
  /** The own node. */
  readonly node: string
  readonly pace: Pace
  /** How long a node whose addresses have moved away waits in reserve. */
  readonly failbackMillis: number
  readonly clock: { now(): number }
  readonly members: { member(name: string): Member | undefined; members(): Iterable<Member> }
  solicit(neighbours: readonly Neighbour[]): void
  /** Asks who has the addresses that are this node's, or would be if it served; some of them are enough. */
  probeOwn(most: number): void
  /** All own addresses are to be announced once more. */
  announceAgain(): void
  /** Calls back when nothing waits to be elected, maybe at once. */
  whenElected(run: () => void): void
  /** Tells the other speakers. */
  say(phase: Phase): void
  /** The outlook may be another. */
  onChange(): void
}

const never = Number.POSITIVE_INFINITY
/** Rule 16: the others have learnt by then that this one lives. */
const announceMillis = 20

/** Speakers that hear each other: what the membership says, and what the wire says of nodes whose speakers are away. */
export class MemberCompany implements Company {
  readonly #options: MemberCompanyOptions
  readonly #absences: Absences
  readonly #introductions: Introductions
  readonly #macs = new KnownMacs()
  readonly #listeners: (() => void)[] = []
  #tenure: Tenure = newTenure
  #homecoming: Homecoming | undefined
  #announceMillis = never
  #said: Phase = 'starting'
  /** This speaker begins to serve and has heard nobody: others may be there all the same. */
  #isAlone = false
  #outlook: Outlook
  #revision = 0
  #standingsRevision = 0
  /** Undefined until somebody asks. */
  #standings: Standings | undefined
  #isNews = false

  constructor(options: MemberCompanyOptions) {
    this.#options = options
    this.#absences = new Absences({ pace: options.pace, solicit: options.solicit })
    this.#introductions = new Introductions({
      solicit: options.solicit,
      look: () => options.probeOwn(Number.POSITIVE_INFINITY),
    })
    this.#outlook = this.#newOutlook()
  }

  get outlook(): Outlook {
    return this.#outlook
  }

  /** For elections. Its own is what it is about to be: its duties say whether it may be so yet. */
  get standings(): Standings {
    const own: Standing = this.#outlook.own === 'reserve' ? 'reserve' : 'serving'
    this.#standings ??= new Map(this.#absences.standings()).set(this.#options.node, own)
    return this.#standings
  }

  /** What the others are told. */
  get phase(): Phase {
    return this.#said
  }

  /** The listener hears of other standings when the addresses that nodes had before are in line with them. */
  subscribe(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Everything that is to be announced has been elected once. */
  settled(): void {
    this.#become({ isSettled: true })
  }

  setFit(isFit: boolean): void {
    this.#become({ isFit })
  }

  leave(): void {
    this.#become({ isLeaving: true })
  }

  /** What the membership wants of the shell, as far as it is about addresses. */
  on(action: Action): void {
    const { clock, members, solicit } = this.#options
    if (action.type === 'solicit') solicit(members.member(action.name)?.links ?? [])
    else if (action.type === 'synced') this.#become({ isSynced: true })
    else if (action.type === 'deaf') this.#become({ isDeaf: true, isSynced: false, isHome: false })
    else if (action.type === 'hearing') this.#become({ isDeaf: false })
    else if (action.type === 'damped') this.#become({ returningUntilMillis: action.untilMillis })
    else if (action.type === 'changed') this.#update(action.names)
    else if (action.type === 'back') this.#announceSoon(clock.now())
  }

  /** Speakers never heard, by the addresses of their pods: see {@link Introductions}. */
  setUnheard(nodes: ReadonlyMap<string, string>): void {
    this.#introductions.set(nodes, this.#options.clock.now())
    this.#changed()
  }

  /** By what the API knows. */
  setMacs(node: string, macs: readonly string[]): void {
    this.#macs.set('status', node, macs)
  }

  need(node: string, nowMillis: number): void {
    this.#absences.need(node, nowMillis) // to ask changes nothing yet
  }

  heard(claim: Claim, nowMillis: number): boolean {
    const introduced = this.#introductions.heard(claim, nowMillis)
    if (introduced !== undefined) this.#macs.set('neighbour', introduced.node, introduced.macs)
    const isOfNode = this.#absences.heard(claim, nowMillis)
    this.#renew()
    return isOfNode || introduced !== undefined
  }

  heardHolder(): void {
    if (this.#homecoming !== undefined) this.#homecoming = { ...this.#homecoming, haveMoved: true }
  }

  macOf(node: string, interfaceName: string): Uint8Array | undefined {
    return this.#absences.macOf(node, interfaceName)
  }

  nodeOf(mac: string): string | undefined {
    return this.#macs.nodeOf(mac)
  }

  relationTo(node: string, mac: string): Relation {
    const { members, clock, pace } = this.#options
    const member = members.member(node)
    // Who has left goes on answering until another announces.
    const handsOver = member?.phase === 'leaving' && clock.now() - member.sinceMillis < pace.handoverMillis
    const isHeard = member?.life === 'alive' || handsOver
    return {
      ...{ isHeard, isAside: !isHeard && this.#absences.isAside(node, mac) },
      isOut: member !== undefined && (member.phase === 'leaving' || member.phase === 'unfit'),
    }
  }

  get dueMillis(): number {
    const { returningUntilMillis } = this.#tenure
    return Math.min(
      this.#absences.dueMillis,
      this.#homecoming?.dueMillis ?? never,
      this.#announceMillis,
      this.#introductions.dueMillis,
      this.#said === 'returning' ? returningUntilMillis : never,
    )
  }

  due(nowMillis: number): void {
    this.#absences.due(nowMillis)
    if (nowMillis >= (this.#homecoming?.dueMillis ?? never)) this.#askHomecoming(nowMillis)
    this.#introductions.due(nowMillis)
    if (nowMillis >= this.#announceMillis) {
      this.#announceMillis = never
      this.#options.announceAgain()
    }
    this.#renew()
  }

  /** Others hear of it when the addresses are announced: until then those who have them go on. */
  conformed(): void {
    this.#isAlone = false
    this.#renew()
    if (this.#isNews) for (const listener of this.#listeners) listener()
    this.#isNews = false
    this.#say(phaseOf(this.#tenure, this.#options.clock.now()))
  }

  #say(phase: Phase): void {
    if (phase === this.#said) return
    const isElectedAnew = this.#said === 'returning' && phase === 'serving'
    this.#said = phase
    if (phase === 'leaving') return // which the membership says by itself
    if (!isElectedAnew) this.#options.say(phase)
    else {
      this.#options.whenElected(() => {
        if (this.#said === phase) this.#options.say(phase)
      })
    }
  }

  #become(change: Partial<Tenure>): void {
    const before = phaseOf(this.#tenure, this.#options.clock.now())
    this.#tenure = { ...this.#tenure, ...change }
    this.#comeHome()
    if (before === 'starting') this.#isAlone = !this.#hearsSomebody()
    this.#changed()
  }

  /** Serves at once, unless it is to wait when another has its addresses. */
  #comeHome(): void {
    const { failbackMillis, clock } = this.#options
    if (!canServe(this.#tenure)) this.#homecoming = undefined
    else if (!this.#tenure.isHome && this.#homecoming === undefined) {
      if (failbackMillis > 0 && this.#hearsSomebody()) this.#homecoming = beginHomecoming(clock.now())
      else this.#tenure = { ...this.#tenure, isHome: true }
    }
  }

  #askHomecoming(nowMillis: number): void {
    const { pace, failbackMillis, probeOwn } = this.#options
    const haveMoved = this.#homecoming!.haveMoved
    this.#homecoming = askHomecoming(this.#homecoming!, nowMillis, pace)
    if (this.#homecoming !== undefined) {
      probeOwn(homecomingSample)
      return
    }
    const returningUntilMillis = haveMoved ? nowMillis + failbackMillis : this.#tenure.returningUntilMillis
    this.#tenure = { ...this.#tenure, isHome: true, returningUntilMillis }
  }

  /** Or has nobody to hear. */
  #hearsSomebody(): boolean {
    const others = [...this.#options.members.members()]
    return others.length === 0 || others.some(({ life }) => life === 'alive')
  }

  #update(names: readonly string[]): void {
    const { clock, members } = this.#options
    for (const name of names) {
      const member = members.member(name)
      this.#macs.set('member', name, member?.links.map(({ mac }) => mac) ?? [])
      if (member === undefined) this.#absences.forget(name)
      else this.#absences.update(member, clock.now())
    }
    this.#changed()
  }

  #announceSoon(nowMillis: number): void {
    this.#announceMillis = nowMillis + announceMillis
    this.#changed()
  }

  #changed(): void {
    this.#renew()
    this.#options.onChange()
  }

  /** Replaces the outlook, and has the standings gathered anew, if they are others now. */
  #renew(): void {
    const outlook = this.#newOutlook()
    const { revision, standingsRevision } = this.#absences
    const isReserve = outlook.own === 'reserve'
    if (standingsRevision !== this.#standingsRevision || isReserve !== (this.#outlook.own === 'reserve')) {
      this.#standingsRevision = standingsRevision
      this.#standings = undefined
      this.#isNews = true
    }
    if (outlook.own === this.#outlook.own && outlook.isFenced === this.#outlook.isFenced && revision === this.#revision)
      return
    this.#outlook = outlook
    this.#revision = revision
  }

  #newOutlook(): Outlook {
    return {
      self: this.#options.node,
      own: ownAbilities[phaseOf(this.#tenure, this.#options.clock.now())],
      isFenced: this.#isAlone || !this.#introductions.isDone,
      abilityOf: (node) => this.#absences.abilityOf(node),
    }
  }
}
