import { isDeepStrictEqual } from 'node:util'
import type { ConfigError } from '../config/faults.ts'
import { type ConfigObjects, parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'

export interface ConfigKeeperOptions {
  readonly read: () => ConfigObjects
  readonly onChange: (config: Config) => void
  /** When what is to be said about the objects changed; no errors: they are in force. */
  readonly onVerdict: (verdict: Verdict) => void
}

export interface Verdict {
  /** A configuration is in force, be it an older one. */
  readonly loaded: boolean
  /** Why the objects as they are now are not in force; empty when they are. */
  readonly errors: readonly ConfigError[]
}

/** The configuration in force: the last one that was valid as a whole. */
export class ConfigKeeper {
  readonly #options: ConfigKeeperOptions
  #current: Config | undefined
  #errors: readonly ConfigError[] | undefined
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

  load(): void {
    this.stop()
    const result = parseConfig(this.#options.read())
    if (result.ok) this.#take(result.config)
    this.#judge(result.ok ? [] : result.errors)
  }

  stop(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
  }

  #take(config: Config): void {
    if (isDeepStrictEqual(config, this.#current)) return
    this.#current = config
    this.#options.onChange(config)
  }

  #judge(errors: readonly ConfigError[]): void {
    if (isDeepStrictEqual(errors, this.#errors)) return
    this.#errors = errors
    this.#options.onVerdict({ loaded: this.#current !== undefined, errors })
  }
}
