import type { Random } from './random.ts'

/** What every path has. */
export interface Conditions {
  readonly latencyMillis: readonly [least: number, most: number]
  /** Share of packets that get lost. */
  readonly loss: number
  /** Share of packets that are overtaken, by up to `reorderMillis`. */
  readonly reorder: number
  readonly reorderMillis: number
}

export const lan: Conditions = { latencyMillis: [0.2, 2], loss: 0.02, reorder: 0, reorderMillis: 10 }

/** Which packets arrive, and when. Nodes are numbers. */
export class Network {
  readonly #conditions: Conditions
  readonly #random: Random
  readonly #group: Uint16Array
  readonly #lossFrom: Float32Array
  readonly #lossTo: Float32Array
  readonly #cuts = new Set<string>()
  readonly #party: Uint16Array

  constructor(nodes: number, conditions: Conditions, random: Random) {
    this.#conditions = conditions
    this.#random = random
    this.#group = new Uint16Array(nodes)
    this.#party = new Uint16Array(nodes)
    this.#lossFrom = new Float32Array(nodes)
    this.#lossTo = new Float32Array(nodes)
  }

  /** Those nodes reach one another and nobody else. */
  separate(nodes: Iterable<number>, group = 1): void {
    for (const node of nodes) this.#group[node] = group
  }

  /** Frames pass, but these do not understand the datagrams of the others: another secret, another protocol. */
  estrange(nodes: Iterable<number>): void {
    for (const node of nodes) this.#party[node] = 1
  }

  carriesDatagrams(from: number, to: number): boolean {
    return this.#party[from] === this.#party[to]
  }

  heal(): void {
    this.#group.fill(0)
    this.#party.fill(0)
    this.#cuts.clear()
  }

  /** One way only. */
  cut(from: number, to: number): void {
    this.#cuts.add(`${from} ${to}`)
  }

  lose(node: number, { received = 0, sent = 0 }: { received?: number; sent?: number }): void {
    this.#lossTo[node] = received
    this.#lossFrom[node] = sent
  }

  /** Whether packets can pass both ways, be it with losses. */
  joins(a: number, b: number): boolean {
    return (
      this.#passes(a, b) && this.#passes(b, a) && this.hears(a) && this.hears(b) && !this.isMute(a) && !this.isMute(b)
    )
  }

  hears(node: number): boolean {
    return this.#lossTo[node]! < 1
  }

  isMute(node: number): boolean {
    return this.#lossFrom[node]! >= 1
  }

  /** Nobody can tell for sure whether such a node lives. */
  isImpaired(node: number): boolean {
    return this.#lossTo[node]! + this.#lossFrom[node]! > impairedLoss
  }

  /** Whose members reach one another; undefined: it is in none, being deaf or mute. */
  partOf(node: number): number | undefined {
    return this.hears(node) && !this.isMute(node) ? this.#group[node] : undefined
  }

  /** How long a packet takes; undefined: it is lost. */
  delay(from: number, to: number): number | undefined {
    const { loss, latencyMillis, reorder, reorderMillis } = this.#conditions
    if (!this.#passes(from, to)) return undefined
    if (this.#random.next() < loss + this.#lossFrom[from]! + this.#lossTo[to]!) return undefined
    const overtaken = reorder > 0 && this.#random.next() < reorder ? this.#random.next() * reorderMillis : 0
    return this.#random.between(...latencyMillis) + overtaken
  }

  #passes(from: number, to: number): boolean {
    return this.#group[from] === this.#group[to] && (this.#cuts.size === 0 || !this.#cuts.has(`${from} ${to}`))
  }
}

const impairedLoss = 0.6
