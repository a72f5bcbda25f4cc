import type { Action } from './action.ts'
import type { Message } from './message.ts'

const nothing: readonly Action[] = Object.freeze([])

/** Gathers what one step wants done. */
export class Outbox {
  #actions: Action[] = []
  readonly #changed = new Set<string>()

  add(action: Action): void {
    this.#actions.push(action)
  }

  send(to: readonly string[], message: Message, overMillis = 0): void {
    if (to.length > 0) this.add({ type: 'send', to, message, overMillis })
  }

  changed(name: string): void {
    this.#changed.add(name)
  }

  /** Empties it. */
  take(): readonly Action[] {
    if (this.#changed.size > 0) this.#takeChanged()
    if (this.#actions.length === 0) return nothing
    const actions = this.#actions
    this.#actions = []
    return actions
  }

  #takeChanged(): void {
    this.#actions.push({ type: 'changed', names: [...this.#changed] })
    this.#changed.clear()
  }
}
