import type { V1Node, V1Pod, V1Service } from '@kubernetes/client-node'
import type { AnnouncedCondition } from '../../announcement/announced.ts'
import { isOfClass } from '../../config/service-class.ts'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import { Backlog } from '../../kube/backlog.ts'
import type { Clock } from '../../kube/clock.ts'
import { keyOf } from '../../kube/object.ts'
import type { RightOfWay } from '../../kube/right-of-way.ts'
import type { Store } from '../../kube/store.ts'
import { isSaid } from '../condition.ts'
import { announcedOf } from './announced-condition.ts'
import type { AnnouncingConfig } from './announcing-config.ts'
import { Directory } from './directory.ts'
import { EndpointTable, type KeptSlice } from './endpoints.ts'
import { type Kind, Outlooks } from './outlooks.ts'
import { Pace } from './pace.ts'
import { Wishes } from './wishes.ts'

export interface AnnouncementsOptions {
  readonly namespace: string
  readonly loadBalancerClass: string
  /** As the speakers' flag `--ignore-exclude-lb`. */
  readonly ignoreExcludeLabel: boolean
  /** All of these have seen everything once. */
  readonly services: Store<V1Service>
  readonly endpointSlices: Store<KeptSlice>
  readonly nodes: Store<V1Node>
  readonly speakerStatuses: Store<SpeakerStatus>
  readonly pods: Store<V1Pod>
  readonly announcing: AnnouncingConfig
  readonly rightOfWay: Pick<RightOfWay, 'isTaken'>
  /** These Services are to be written, for which `wanted` says what. */
  readonly release: (services: readonly string[]) => void
  readonly clock: Clock
}

/** How long something has to be so before a Service is told. */
const patienceMillis = 2_000

/** Finds out of each Service that has addresses whether a node announces them, and when it has to be told something else. */
export class Announcements {
  readonly #options: AnnouncementsOptions
  readonly #directory: Directory
  readonly #endpoints: EndpointTable
  readonly #outlooks: Outlooks
  readonly #wishes = new Wishes<AnnouncedCondition>(patienceMillis, isSaid)
  readonly #pace: Pace
  readonly #backlog: Backlog<string>
  readonly #kinds: Backlog<Kind>
  readonly #unsubscribes: readonly (() => void)[]

  constructor(options: AnnouncementsOptions) {
    this.#options = options
    const { services, speakerStatuses: statuses, endpointSlices, announcing } = options
    this.#backlog = new Backlog((key) => this.#look(key))
    this.#kinds = new Backlog((kind) => this.#backlog.add(this.#outlooks.reconsider(kind)))
    this.#pace = new Pace({ ...options, wishes: this.#wishes })
    this.#directory = new Directory({
      ...{ ...options, statuses, generation: announcing.generation },
      onChange: () => this.#kinds.add(this.#outlooks.kinds),
    })
    this.#endpoints = new EndpointTable(endpointSlices, (service) => this.#look(service))
    this.#outlooks = new Outlooks({
      config: () => announcing.current,
      surroundings: () => this.#directory.current,
      endpointsOf: (service) => this.#endpoints.of(service),
    })
    this.#unsubscribes = [
      services.subscribe(({ key }) => this.#look(key)),
      announcing.subscribe({
        onConfig: () => this.#lookAtAll(),
        onGeneration: () => this.#directory.setGeneration(announcing.generation),
      }),
    ]
    this.#lookAtAll()
  }

  /** What a Service is told that has just been given addresses: nothing has been said yet, so that nothing has to prove stable. */
  first(service: V1Service): AnnouncedCondition | undefined {
    return this.#outlooks.conditionOf(keyOf(service), service)
  }

  /** Whether it is its turn to be written. */
  isReleased(key: string): boolean {
    return this.#pace.isReleased(key)
  }

  /** What has stayed so for long enough to be written; undefined: nothing. */
  wanted(key: string): AnnouncedCondition | undefined {
    return this.#wishes.get(key, this.#options.clock.now())
  }

  /** It is written, or need not be any more; what is still to be said waits anew. */
  done(key: string): void {
    this.#wishes.drop(key)
    this.#pace.done(key)
    this.#look(key)
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
    for (const part of [this.#directory, this.#endpoints, this.#backlog, this.#kinds, this.#pace]) part.stop()
  }

  #lookAtAll(): void {
    this.#outlooks.reset()
    this.#backlog.add(this.#options.services.keys())
  }

  #look(key: string): void {
    const { services, loadBalancerClass, clock } = this.#options
    const service = services.get(key)
    const isOurs = service !== undefined && isOfClass(service, loadBalancerClass) && hasAddresses(service)
    const wanted = isOurs ? this.#outlooks.conditionOf(key, service) : undefined
    if (!isOurs) this.#outlooks.forget(key)
    if (wanted === undefined || isSaid(announcedOf(service!), wanted)) {
      this.#wishes.drop(key)
      return
    }
    this.#wishes.want(key, wanted, clock.now())
    this.#pace.look()
  }
}

function hasAddresses({ spec, status }: V1Service): boolean {
  return spec?.type === 'LoadBalancer' && (status?.loadBalancer?.ingress?.length ?? 0) > 0
}
