/** The logger that this folder needs: a constant message plus fields. A pino logger is one. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Log
}

/** A child that is made when it first says something: a pino child costs more than most passes that say nothing. */
export class LazyLog implements Log {
  readonly #parent: Log
  readonly #fields: object
  #made: Log | undefined

  constructor(parent: Log, fields: object) {
    this.#parent = parent
    this.#fields = fields
  }

  get #log(): Log {
    this.#made ??= this.#parent.child(this.#fields)
    return this.#made
  }

  debug(fields: object, message: string): void {
    this.#log.debug(fields, message)
  }

  info(fields: object, message: string): void {
    this.#log.info(fields, message)
  }

  warn(fields: object, message: string): void {
    this.#log.warn(fields, message)
  }

  error(fields: object, message: string): void {
    this.#log.error(fields, message)
  }

  child(fields: object): Log {
    return this.#log.child(fields)
  }
}
