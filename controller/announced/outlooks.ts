import type { V1Service } from '@kubernetes/client-node'
import {
  type AnnouncedCondition,
  conditionFor,
  kindOf,
  type Outlook,
  outlookOf,
  refusedCondition,
} from '../../announcement/announced.ts'
import type { Layer2Situation } from '../../announcement/eligibility.ts'
import type { UsableEndpoints } from '../../announcement/endpoints.ts'
import { judgeService } from '../../announcement/service.ts'
import type { Config } from '../../config/snapshot.ts'
import { isSaid } from '../condition.ts'
import type { Surroundings } from './surroundings.ts'

export interface OutlooksOptions {
  /** By which the speakers go; undefined: there has never been one. */
  readonly config: () => Config | undefined
  readonly surroundings: () => Surroundings
  readonly endpointsOf: (service: string) => UsableEndpoints
}

/** Services of which the same is to be said. */
export interface Kind {
  readonly name: string
  readonly services: Set<string>
  readonly example: Pick<Layer2Situation, 'service' | 'pool' | 'endpoints'>
  outlook: Outlook
}

/**
 * What is to be said of each Service. Ten thousand Services are of a few kinds: when nodes and speakers come and go each
 * kind is looked at, and its Services only if something else is to be said of them.
 */
export class Outlooks {
  readonly #options: OutlooksOptions
  readonly #kinds = new Map<string, Kind>()
  readonly #kindBy = new Map<string, Kind>()

  constructor(options: OutlooksOptions) {
    this.#options = options
  }

  /** All that there are. */
  get kinds(): Iterable<Kind> {
    return this.#kinds.values()
  }

  /** Undefined: nothing is to be said, or nothing is known. */
  conditionOf(key: string, service: V1Service): AnnouncedCondition | undefined {
    const config = this.#options.config()
    const verdict = config && judgeService(service, config)
    if (!verdict?.announceable) {
      this.forget(key)
      return verdict && refusedCondition(verdict.reason)
    }
    const { pool, addresses } = verdict
    const kind = this.#enter(key, { service, pool, endpoints: this.#options.endpointsOf(key) })
    return conditionFor(kind.outlook, addresses)
  }

  forget(key: string): void {
    const kind = this.#kindBy.get(key)
    if (kind === undefined) return
    this.#kindBy.delete(key)
    kind.services.delete(key)
    if (kind.services.size === 0 && this.#kinds.get(kind.name) === kind) this.#kinds.delete(kind.name)
  }

  /** The configuration is another, and pools are other ones under the same names: every Service has to be looked at. */
  reset(): void {
    this.#kinds.clear()
    this.#kindBy.clear()
  }

  /** Nodes or speakers are others. Returns the Services of the kind of which something else may be to be said. */
  reconsider(kind: Kind): Iterable<string> {
    const { outlook } = kind
    if (this.#kinds.get(kind.name) !== kind) return []
    kind.outlook = this.#outlook(kind.example)
    const isSimple = outlook.exception === undefined && kind.outlook.exception === undefined
    return isSimple && isSaid(outlook.condition, kind.outlook.condition) ? [] : kind.services
  }

  #enter(key: string, example: Kind['example']): Kind {
    const name = kindOf(example)
    const before = this.#kindBy.get(key)
    if (before?.name === name) return before
    this.forget(key)
    const kind = this.#kinds.get(name) ?? { name, services: new Set(), example, outlook: this.#outlook(example) }
    this.#kinds.set(name, kind)
    this.#kindBy.set(key, kind)
    kind.services.add(key)
    return kind
  }

  #outlook(example: Kind['example']): Outlook {
    return outlookOf({ ...example, ...this.#options.surroundings() })
  }
}
