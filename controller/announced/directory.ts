import type { V1Node, V1Pod } from '@kubernetes/client-node'
import type { SpeakerView } from '../../announcement/announced.ts'
import { type NodeFacts, nodeFacts, sameNodeFacts } from '../../announcement/node.ts'
import type { Standing } from '../../announcement/standing.ts'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import type { Clock, Timer } from '../../kube/clock.ts'
import type { Store } from '../../kube/store.ts'
import { ownerPodOf, sameSpeaker, speakerFacts } from './speaker-facts.ts'
import {
  type InForce,
  type NodeRecord,
  nextChangeMillis,
  type Surroundings,
  standingOf,
  viewOf,
} from './surroundings.ts'

export interface DirectoryOptions {
  readonly namespace: string
  readonly nodes: Store<V1Node>
  readonly statuses: Store<SpeakerStatus>
  /** Those of the namespace. */
  readonly pods: Store<V1Pod>
  readonly ignoreExcludeLabel: boolean
  /** Of the configuration in force; undefined: there has never been one. Speakers have had their time to follow it. */
  readonly generation: string | undefined
  /** Something is otherwise; not called at once, so that what changes together is taken together. */
  readonly onChange: () => void
  readonly clock: Clock
}

/** The nodes and their speakers, as far as they bear on who can announce. Most of what happens to them does not. */
export class Directory {
  readonly #options: DirectoryOptions
  readonly #records = new Map<string, NodeRecord>()
  readonly #unsubscribes: readonly (() => void)[]
  #inForce: InForce | undefined
  #current: Surroundings | undefined
  #scheduled: NodeJS.Immediate | undefined
  #timer: Timer | undefined

  constructor(options: DirectoryOptions) {
    const { nodes, statuses, pods, generation } = options
    this.#options = options
    if (generation !== undefined) this.#inForce = { generation, sinceMillis: Number.NEGATIVE_INFINITY }
    for (const name of nodes.keys()) this.#records.set(name, this.#recordOf(name, undefined)!)
    this.#unsubscribes = [
      nodes.subscribe(({ key }) => this.#look(key)),
      statuses.subscribe(({ before, after }) => this.#look((after ?? before)?.metadata?.name)),
      pods.subscribe(({ before, after }) => this.#look((after ?? before)?.spec?.nodeName)),
    ]
  }

  get current(): Surroundings {
    this.#current ??= this.#compute()
    return this.#current
  }

  /** Another configuration is in force; undefined: there has never been one. */
  setGeneration(generation: string | undefined): void {
    this.#inForce = generation === undefined ? undefined : { generation, sinceMillis: this.#options.clock.now() }
    this.#changed()
  }

  stop(): void {
    clearImmediate(this.#scheduled)
    this.#options.clock.clearTimeout(this.#timer)
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
  }

  #look(name: string | undefined): void {
    if (name === undefined) return
    const before = this.#records.get(name)
    const after = this.#recordOf(name, before)
    if (after === undefined) this.#records.delete(name)
    else this.#records.set(name, after)
    if (!isSame(before, after)) this.#changed()
  }

  #recordOf(name: string, before: NodeRecord | undefined): NodeRecord | undefined {
    const { namespace, nodes, statuses, pods, clock } = this.#options
    const found = nodes.get(name)
    if (found === undefined) return undefined
    const node = nodeFacts(found)
    const status = statuses.get(`${namespace}/${name}`)
    const pod = status && pods.get(`${namespace}/${ownerPodOf(status)}`)
    const speaker = speakerFacts({ status, pod, isNodeReady: node.ready }, before?.speaker)
    return { node, speaker, leftMillis: speaker?.state === 'away' ? leftMillis(before, clock.now()) : undefined }
  }

  #changed(): void {
    this.#current = undefined
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      this.#wakeInTime()
      this.#options.onChange()
    })
  }

  #wakeInTime(): void {
    const { clock } = this.#options
    const now = clock.now()
    clock.clearTimeout(this.#timer)
    const nextMillis = nextChangeMillis(this.#records.values(), this.#inForce, now)
    this.#timer = nextMillis === undefined ? undefined : clock.setTimeout(() => this.#changed(), nextMillis - now)
  }

  #compute(): Surroundings {
    const now = this.#options.clock.now()
    const nodes = new Map<string, NodeFacts>()
    const standings = new Map<string, Standing>()
    const speakers = new Map<string, SpeakerView>()
    for (const [name, record] of this.#records) {
      const standing = standingOf(record, now)
      nodes.set(name, record.node)
      if (standing !== undefined) standings.set(name, standing)
      if (record.speaker !== undefined)
        speakers.set(name, viewOf(record.speaker, record.leftMillis, this.#inForce, now))
    }
    return { nodes, standings, speakers, ignoreExcludeLabel: this.#options.ignoreExcludeLabel }
  }
}

/** Since when it is away. One whose node could not carry traffic leaves nothing behind for others to stand in for. */
function leftMillis(before: NodeRecord | undefined, nowMillis: number): number | undefined {
  const state = before?.speaker?.state
  return state === 'serving' || state === 'reserve' ? nowMillis : before?.leftMillis
}

function isSame(before: NodeRecord | undefined, after: NodeRecord | undefined): boolean {
  return sameNodeFacts(before?.node, after?.node) && sameSpeaker(before?.speaker, after?.speaker)
}
