import type { Company, Relation } from './company.ts'
import type { Outlook } from './duty.ts'
import { KnownMacs } from './known-macs.ts'

/** Without a member list: who is alive is what the API server says, and nobody is ever away for a moment. */
export class ApiCompany implements Company {
  readonly dueMillis = Number.POSITIVE_INFINITY
  readonly #node: string
  readonly #macs = new KnownMacs()
  #alive: ReadonlySet<string> = new Set()
  #isLeaving = false
  #outlook: Outlook

  constructor(node: string) {
    this.#node = node
    this.#outlook = this.#newOutlook()
  }

  setAlive(alive: ReadonlySet<string>): void {
    this.#alive = alive
    this.#outlook = this.#newOutlook()
  }

  /** Hands over what it has; the API server tells the others. */
  leave(): void {
    this.#isLeaving = true
    this.#outlook = this.#newOutlook()
  }

  setMacs(node: string, macs: readonly string[]): void {
    this.#macs.set('status', node, macs)
  }

  get outlook(): Outlook {
    return this.#outlook
  }

  nodeOf(mac: string): string | undefined {
    return this.#macs.nodeOf(mac)
  }

  relationTo(node: string): Relation {
    return { isHeard: this.#alive.has(node), isOut: false, isAside: false }
  }

  heard(): boolean {
    return false
  }

  macOf(): undefined {}
  due(): void {}
  need(): void {}
  heardHolder(): void {}
  conformed(): void {}

  #newOutlook(): Outlook {
    const alive = this.#alive
    return {
      self: this.#node,
      own: alive.has(this.#node) && !this.#isLeaving ? 'serves' : 'leaves',
      isFenced: false,
      abilityOf: (node) => (alive.has(node) ? 'serves' : 'gone'),
    }
  }
}
