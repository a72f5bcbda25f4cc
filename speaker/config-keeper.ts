import { isDeepStrictEqual } from 'node:util'
import { type ConfigObjects, parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'

export interface ConfigKeeperOptions {
  read: () => ConfigObjects
  /** The announced Services that a configuration has no pool for; it has to wait until they have moved. */
  strandedBy: (config: Config) => readonly string[]
  onChange(config: Config): void
  /** When what is to be said about the objects has changed. */
  onVerdict(verdict: ConfigVerdict): void
}

/** What became of the objects when they were last looked at. */
export interface ConfigVerdict {
  /** A configuration is in force, be it an older one. */
  readonly loaded: boolean
  /** Why the objects as they are now are not in force; empty when they are. */
  readonly errors: readonly string[]
}

/** The configuration in force: the last one that was valid as a whole. */
export class ConfigKeeper {
  readonly #options: ConfigKeeperOptions
  #current: Config | undefined
  #verdict: ConfigVerdict | undefined
  #stranded = false
  #scheduled: NodeJS.Immediate | undefined

  constructor(options: ConfigKeeperOptions) {
    this.#options = options
  }

  get current(): Config | undefined {
    return this.#current
  }

  /** Looks at the objects at the end of this turn: changes that arrive together are taken together. */
  schedule(): void {
    this.#scheduled ??= setImmediate(() => this.load())
  }

  /** A Service has let go of its addresses: perhaps that was what a new configuration waits for. */
  serviceWithdrawn(): void {
    if (this.#stranded) this.schedule()
  }

  load(): void {
    this.stop()
    const errors = this.#take()
    const verdict = { loaded: this.#current !== undefined, errors }
    if (isDeepStrictEqual(verdict, this.#verdict)) return
    this.#verdict = verdict
    this.#options.onVerdict(verdict)
  }

  stop(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
  }

  #take(): readonly string[] {
    this.#stranded = false
    const result = parseConfig(this.#options.read())
    if (!result.ok) return result.errors.map(({ message }) => message)
    if (isDeepStrictEqual(result.config, this.#current)) return []

    const stranded = this.#options.strandedBy(result.config)
    this.#stranded = stranded.length > 0
    if (this.#stranded) return stranded.map((service) => `Service ${service}: its address is in no pool any more`)

    this.#current = result.config
    this.#options.onChange(result.config)
    return []
  }
}
