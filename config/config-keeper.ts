import { isDeepStrictEqual } from 'node:util'
import type { ConfigError } from './faults.ts'
import { type ConfigObjects, parseConfig } from './parse.ts'
import type { ConfigRules } from './rules.ts'
import type { Config } from './snapshot.ts'

export interface ConfigKeeperOptions {
  readonly read: () => ConfigObjects
  readonly rules?: ConfigRules
  /** Why a valid configuration has to wait all the same; none if it need not. Asked only about one that differs. */
  readonly objections?: (config: Config) => readonly ConfigError[]
  readonly onChange: (config: Config) => void
  /** A digest of the objects that `read` returns. */
  readonly generation?: () => number
  /** When another generation is in force, also if it means the same. */
  readonly onGeneration?: () => void
  /** When what is to be said about the objects has changed. */
  readonly onVerdict: (verdict: Verdict) => void
}

/** What became of the objects when they were last looked at. */
export interface Verdict {
  /** A configuration is in force, be it an older one. */
  readonly loaded: boolean
  /** Why the objects as they are now are not in force; empty when they are. */
  readonly errors: readonly ConfigError[]
  /** What is odd about the objects, and keeps none from being in force. */
  readonly warnings: readonly ConfigError[]
}

/** The configuration in force: the last one that was valid as a whole. */
export class ConfigKeeper {
  readonly #options: ConfigKeeperOptions
  #current: Config | undefined
  #generation: number | undefined
  #verdict: Verdict | undefined
  #isObjectedTo = false
  readonly #first = Promise.withResolvers<void>()
  #scheduled: NodeJS.Immediate | undefined

  constructor(options: ConfigKeeperOptions) {
    this.#options = options
  }

  get current(): Config | undefined {
    return this.#current
  }

  /** That of the objects in force, by the option `generation`. */
  get generation(): number | undefined {
    return this.#generation
  }

  /** Resolves when a configuration is in force for the first time. Without one, nothing can be announced or allocated. */
  get inForce(): Promise<void> {
    return this.#first.promise
  }

  /** Looks at the objects at the end of this turn: changes that arrive together are taken together. */
  schedule(): void {
    this.#scheduled ??= setImmediate(() => this.load())
  }

  /** Perhaps the objections are no more: looks again if a configuration waits for that. */
  objectionsChanged(): void {
    if (this.#isObjectedTo) this.schedule()
  }

  load(): void {
    this.stop()
    const verdict = this.#take()
    if (isDeepStrictEqual(verdict, this.#verdict)) return
    this.#verdict = verdict
    this.#options.onVerdict(verdict)
  }

  stop(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
  }

  #take(): Verdict {
    const { read, rules } = this.#options
    this.#isObjectedTo = false
    const result = parseConfig(read(), rules)
    const errors = result.ok ? this.#putInForce(result.config) : result.errors
    if (errors.length === 0) this.#tellGeneration()
    return { loaded: this.#current !== undefined, errors, warnings: result.warnings }
  }

  #tellGeneration(): void {
    const { generation, onGeneration } = this.#options
    const now = generation?.()
    if (now === undefined || now === this.#generation) return
    this.#generation = now
    onGeneration?.()
  }

  /** Returns why not. */
  #putInForce(config: Config): readonly ConfigError[] {
    const { objections, onChange } = this.#options
    if (isDeepStrictEqual(config, this.#current)) return []

    const errors = objections?.(config) ?? []
    this.#isObjectedTo = errors.length > 0
    if (this.#isObjectedTo) return errors

    this.#current = config
    onChange(config)
    this.#first.resolve()
    return []
  }
}
