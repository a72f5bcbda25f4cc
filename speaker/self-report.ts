import type { V1Pod } from '@kubernetes/client-node'
import type { Config } from '../config/snapshot.ts'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { buildInfo } from '../daemon/build-info.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { CalmCounts } from './calm-counts.ts'
import { ask } from './dataplane/ask.ts'
import { DataplaneGate } from './dataplane/gate.ts'
import type { Fitness } from './dataplane/health.ts'
import type { SpeakerMetrics } from './metrics.ts'
import { ProblemEvents } from './problem-events.ts'
import type { JournalEntry } from './self-check/journal.ts'
import { type NetworkFacts, networkFactsOf } from './self-check/network-facts.ts'
import { SelfCheck } from './self-check/self-check.ts'
import { readSettings } from './self-check/settings.ts'
import { type SpeakerFacts, type SpeakerStatusWriter, writeSpeakerStatus } from './speaker-status.ts'
import type { Surroundings } from './surroundings.ts'
import { type SurroundingsSource, SurroundingsWatch } from './surroundings-watch.ts'

export interface SelfReportOptions {
  readonly client: Pick<KubeClient, 'apply'>
  readonly namespace: string
  readonly node: string
  /** Owns the object; undefined outside a pod. */
  readonly pod: () => V1Pod | undefined
  readonly store: Store<SpeakerStatus>
  /** Links and routes of this node. */
  readonly source: SurroundingsSource
  readonly excludedInterfaces: RegExp | undefined
  /** The node is fit only while this URL says so; undefined: always. */
  readonly dataplaneHealth: URL | undefined
  readonly onFitness: (fitness: Fitness) => void
  /** Nodes with ready speakers that have not been heard for minutes. */
  readonly lostContact: () => readonly string[]
  /** The configuration in force. */
  readonly config: () => Config | undefined
  readonly doing: () => Omit<SpeakerFacts, 'surroundings' | 'problems'>
  readonly metrics: Pick<SpeakerMetrics, 'problem'>
  readonly events: Pick<EventRecorder, 'emit'>
  readonly log: Log
  readonly clock: Clock
  /** Default: the system's. */
  readonly random?: () => number
  readonly askDataplane?: typeof ask
  readonly readSettings?: typeof readSettings
}

/** What this speaker finds out about its node and itself, told where people and the controller look. */
export class SelfReport {
  readonly #options: SelfReportOptions
  readonly #status: SpeakerStatusWriter
  readonly #surroundings: SurroundingsWatch
  readonly #gate: DataplaneGate
  readonly #check: SelfCheck
  readonly #events: ProblemEvents
  readonly #members: CalmCounts
  /** Undefined until links and routes have been read. */
  #network: NetworkFacts | undefined
  #fitness: Fitness
  readonly #judged = Promise.withResolvers<void>()

  constructor(options: SelfReportOptions) {
    this.#options = options
    const { clock, log, source, excludedInterfaces: excluded, dataplaneHealth: url, random = Math.random } = options
    this.#events = new ProblemEvents({ ...options, key: `${options.namespace}/${options.node}` })
    this.#status = writeSpeakerStatus({ ...options, version: buildInfo.version, facts: () => this.#facts() })
    this.#members = new CalmCounts({ clock, random, onDue: () => this.#status.changed() })
    this.#surroundings = new SurroundingsWatch({
      ...{ source, excluded, clock },
      onChange: (_, tables) => {
        this.#network = networkFactsOf(tables, excluded)
        this.#check.changed()
        this.#status.changed()
      },
      onError: (error) => log.warn({ err: error }, 'the routes of this node could not be read'),
    })
    this.#gate = new DataplaneGate({
      ...{ url, clock, random, ask: options.askDataplane ?? ask },
      onChange: () => this.#onDataplane(),
    })
    this.#fitness = this.#gate.fitness
    if (this.#fitness !== 'unknown') this.#judged.resolve()
    this.#check = new SelfCheck({
      ...{ clock, random, readSettings: options.readSettings ?? readSettings },
      facts: () => this.#checked(),
      onChange: (entry) => this.#onProblems(entry),
      onError: (error) => log.warn({ err: error }, 'this node could not be checked'),
    })
  }

  get surroundings(): Surroundings {
    return this.#surroundings.current
  }

  get fitness(): Fitness {
    return this.#gate.fitness
  }

  /** Why it is unfit. */
  get fault(): string | undefined {
    return this.#gate.fault
  }

  /** Resolves when the fitness is known for the first time. */
  get judged(): Promise<void> {
    return this.#judged.promise
  }

  /** What this speaker does may be another; may be called at any rate. */
  changed(): void {
    this.#status.changed()
  }

  /** The pools may be others. */
  configChanged(): void {
    this.#check.changed()
    this.#status.changed()
  }

  async stop(): Promise<void> {
    for (const part of [this.#surroundings, this.#gate, this.#check, this.#events, this.#members]) part.close()
    await this.#status.stop()
  }

  #facts(): SpeakerFacts | undefined {
    if (this.#network === undefined) return undefined
    const doing = this.#options.doing()
    const members = this.#members.of(doing.members)
    return { ...doing, members, surroundings: this.surroundings, problems: this.#check.problems }
  }

  #checked() {
    if (this.#network === undefined) return undefined
    const families = familiesOf(this.#options.config())
    return { network: this.#network, families, kubeProxyFault: this.#gate.fault, lost: this.#options.lostContact() }
  }

  #onDataplane(): void {
    const { log, onFitness } = this.#options
    this.#check.changed()
    const { fitness, fault } = this.#gate
    if (fitness === this.#fitness) return
    this.#fitness = fitness
    log.info({ event: 'dataplane', fitness, ...(fault ? { fault } : {}) }, 'the dataplane of this node is judged')
    this.#judged.resolve()
    onFitness(fitness)
  }

  #onProblems({ appeared, gone }: JournalEntry): void {
    const { log, metrics } = this.#options
    for (const { reason, message } of appeared) {
      log.warn({ event: 'problem', reason, problem: message }, 'a problem of this node')
      metrics.problem(reason, true)
    }
    for (const reason of gone) {
      log.info({ event: 'problemGone', reason }, 'a problem of this node is gone')
      metrics.problem(reason, false)
    }
    this.#events.add(appeared)
    this.#status.changed()
  }
}

function familiesOf(config: Config | undefined): Set<4 | 6> {
  return new Set(config?.pools.flatMap(({ ranges }) => ranges.map(({ family }) => family)))
}
