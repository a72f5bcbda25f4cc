import type { Standing } from '../../announcement/standing.ts'
import { formatAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import type { Claim } from '../layer2/claim.ts'
import type { Member, MemberLink } from '../membership/member.ts'
import { type AbsenceEvent, type AbsenceState, absenceDueMillis, beginAbsence, stepAbsence } from './absence.ts'
import type { Ability } from './duty.ts'
import type { Pace } from './pace.ts'

export interface AbsencesOptions {
  readonly pace: Pace
  /** Asks a node itself, once, at its own addresses. */
  solicit(links: readonly MemberLink[]): void
}

/** A link that has not answered for so long is not the one to name. */
const sameMacMillis = 300

/** What is known of another node: what its speaker says, and whether it is there without one. */
interface Node {
  life: Member['life']
  phase: Member['phase']
  links: readonly MemberLink[]
  /** Then addresses may be its own. */
  hasServed: boolean
  absence: AbsenceState | undefined
  /** By the interface of ours that heard it answer. */
  readonly macs: Map<string, Answer>
}

interface Answer {
  readonly mac: string
  readonly bytes: Uint8Array
  readonly heardMillis: number
}

/** What the other nodes can do, whether their speakers are there or not. Has no timer: call `due` at `dueMillis`. */
export class Absences {
  readonly #options: AbsencesOptions
  readonly #nodes = new Map<string, Node>()
  readonly #absent = new Set<Node>()
  /** By an address of the node itself and its MAC: several nodes may have one link-local address. */
  readonly #byPlace = new Map<string, Node>()
  #revision = 0
  #standingsRevision = 0

  constructor(options: AbsencesOptions) {
    this.#options = options
  }

  /** Grows with every change of what some node can do. */
  get revision(): number {
    return this.#revision
  }

  /** Grows with every change of a standing: less often. */
  get standingsRevision(): number {
    return this.#standingsRevision
  }

  /** Takes note of what membership says. */
  update(member: Member, nowMillis: number): void {
    const { name, life, phase } = member
    const known = this.#nodes.get(name)
    const node: Node = known ?? {
      life: 'absent',
      phase,
      links: [],
      hasServed: false,
      absence: undefined,
      macs: new Map(),
    }
    this.#nodes.set(name, node)
    this.#locate(node, member.links)
    this.#watched(node, () => {
      Object.assign(node, { life, phase })
      this.#attend(node, attendanceOf(member), known === undefined, nowMillis)
    })
  }

  /** The API does not name it any more, and it is long dead. */
  forget(name: string): void {
    const node = this.#nodes.get(name)
    if (node === undefined) return
    this.#locate(node, [])
    this.#absent.delete(node)
    this.#nodes.delete(name)
    this.#revision++
    this.#standingsRevision++
  }

  *standings(): Iterable<[name: string, standing: Standing]> {
    for (const [name, node] of this.#nodes) {
      const standing = standings[abilityOf(node)]
      if (standing !== undefined) yield [name, standing]
    }
  }

  abilityOf(name: string): Ability {
    const node = this.#nodes.get(name)
    return node === undefined ? 'gone' : abilityOf(node)
  }

  /** This node depends on whether that one is there. */
  need(name: string, nowMillis: number): void {
    const node = this.#nodes.get(name)
    if (node?.absence?.type === 'unasked') this.#step(node, { type: 'needed' }, nowMillis)
  }

  /** True when it was a node that answered for itself. */
  heard({ address, mac, interface: at }: Claim, nowMillis: number): boolean {
    const node = this.#byPlace.get(`${formatAddress(address)} ${mac}`)
    if (node === undefined) return false
    const before = node.macs.get(at)
    // A node with two links to one network answers with two MACs: the one stays that was heard first.
    if (before === undefined || before.mac === mac || nowMillis - before.heardMillis > sameMacMillis) {
      node.macs.set(at, { mac, bytes: parseMac(mac), heardMillis: nowMillis })
    }
    // Cut off from the network of its speaker it is no use there, whatever it still answers on another.
    if (mac === node.links[0]?.mac) this.#step(node, { type: 'answered' }, nowMillis)
    return true
  }

  /** Whether a MAC of a node is on another network than that of its speaker. */
  isAside(name: string, mac: string): boolean {
    const links = this.#nodes.get(name)?.links ?? []
    return links.findIndex((link) => link.mac === mac) > 0
  }

  /** The MAC of the node on the link of that interface of ours. */
  macOf(name: string, interfaceName: string): Uint8Array | undefined {
    return this.#nodes.get(name)?.macs.get(interfaceName)?.bytes
  }

  get dueMillis(): number {
    let least = Number.POSITIVE_INFINITY
    for (const node of this.#absent) least = Math.min(least, dueMillisOf(node))
    return least
  }

  due(nowMillis: number): void {
    for (const node of this.#absent) {
      const lateMillis = nowMillis - dueMillisOf(node)
      if (lateMillis >= 0) this.#step(node, { type: 'due', lateMillis }, nowMillis)
    }
  }

  #attend(node: Node, attendance: Attendance, isNew: boolean, nowMillis: number): void {
    if (attendance === 'never') return
    if (attendance === 'there') {
      this.#absent.delete(node)
      Object.assign(node, { hasServed: node.phase !== 'unfit', absence: undefined })
    } else if (node.absence !== undefined) {
      this.#step(node, { type: attendance }, nowMillis)
    } else if (node.hasServed || (isNew && (node.life === 'dead' || node.phase === 'leaving'))) {
      // A speaker that goes by its own word, where nobody stands in, leaves its addresses to whoever takes them.
      if (attendance === 'speaks' && this.#options.pace.standInMillis === 0) return
      // Met like this, it may have its addresses still: the wire tells whether others have them.
      node.absence = beginAbsence(attendance === 'speaks', nowMillis, this.#options.pace)
      this.#absent.add(node)
    }
  }

  #step(node: Node, event: AbsenceEvent, nowMillis: number): void {
    if (node.absence === undefined) return
    const { pace, solicit } = this.#options
    const { state, actions } = stepAbsence(node.absence, event, { nowMillis, pace })
    this.#watched(node, () => {
      node.absence = state
    })
    if (actions.length > 0) solicit(node.links)
  }

  #watched(node: Node, change: () => void): void {
    const before = abilityOf(node)
    change()
    const after = abilityOf(node)
    if (after !== before) this.#revision++
    if (standings[after] !== standings[before]) this.#standingsRevision++
  }

  #locate(node: Node, links: readonly MemberLink[]): void {
    for (const place of placesOf(node.links)) if (this.#byPlace.get(place) === node) this.#byPlace.delete(place)
    node.links = [...links]
    for (const place of placesOf(links)) this.#byPlace.set(place, node)
  }
}

/** speaks, died: away, and how it is known. */
type Attendance = 'never' | 'there' | 'speaks' | 'died'

function attendanceOf({ life, phase }: Member): Attendance {
  if (life === 'absent') return 'never'
  if (phase === 'unfit') return 'there'
  if (phase === 'leaving') return 'speaks'
  if (life === 'dead') return 'died'
  return phase === 'starting' ? 'speaks' : 'there'
}

function abilityOf({ life, phase, absence }: Node): Ability {
  if (absence !== undefined) return abilityDuring(absence)
  if (life !== 'alive') return 'gone'
  if (phase === 'returning') return 'reserve'
  return phase === 'serving' ? 'serves' : 'gone'
}

function abilityDuring(absence: AbsenceState): Ability {
  if (absence.type === 'unasked') return absence.speaks ? 'kept' : 'checking'
  return absence.type === 'down' ? 'gone' : absence.type
}

const standings: Readonly<Record<Ability, Standing | undefined>> = {
  serves: 'serving',
  reserve: 'reserve',
  kept: 'kept',
  checking: 'kept',
  expired: undefined,
  gone: undefined,
}

function dueMillisOf({ absence }: Node): number {
  return (absence && absenceDueMillis(absence)) ?? Number.POSITIVE_INFINITY
}

function placesOf(links: readonly MemberLink[]): string[] {
  return links.flatMap(({ mac, ipv4, ipv6 }) =>
    [ipv4, ipv6].flatMap((address) => (address === undefined ? [] : `${formatAddress(address)} ${mac}`)),
  )
}
