import { type Common, stampOf } from './common.ts'
import type { MemberRecord } from './member-record.ts'

/**
 * Who gets this node's heartbeats: those that watch it by its own view, and the nearest that the API names, dead or not: so both halves of
 * a cluster that was cut in two hear of each other as soon as they can.
 */
export class Targets {
  readonly #common: Common
  #version = -1
  #names: string[] = []
  #dead: string[] = []

  constructor(common: Common) {
    this.#common = common
  }

  heartbeat(): void {
    const { outbox, view } = this.#common
    if (this.#version !== view.version) this.#choose()
    const { own, digest } = view
    outbox.send(this.#names, { type: 'heartbeat', ...stampOf(own), configuration: own.configuration, digest })
    for (const name of this.#dead) outbox.add({ type: 'solicit', name })
  }

  #choose(): void {
    const { constants, view } = this.#common
    this.#version = view.version
    const nearest = (isWanted: (record: MemberRecord) => boolean): MemberRecord[] =>
      view.nearest(view.own, -1, constants.watchers, isWanted)
    const chosen = new Set([...nearest((record) => record.life === 'alive'), ...nearest((record) => record.isCounted)])
    this.#names = [...chosen].map((record) => record.name)
    this.#dead = [...chosen].filter((record) => record.life === 'dead').map((record) => record.name)
  }
}
