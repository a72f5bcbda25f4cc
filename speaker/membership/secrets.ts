/** A text that all speakers share. Compared by identity: the same text that comes again is another secret. */
export interface Secret {
  readonly text: Uint8Array
}

/**
 * A new secret reaches the nodes one after the other: the kubelet takes up to two minutes for it. So it is accepted at
 * once, but the old one goes on sealing until every node can be expected to have the new one; and a node that is even
 * slower is heard for longer.
 */
export const rotation = { oldSealsMillis: 3 * 60_000, oldIsAcceptedMillis: 10 * 60_000 } as const

/** The secret in force, and those that were before. */
export class Secrets {
  /** The newest first. */
  #entries: readonly { readonly secret: Secret; readonly sinceMillis: number }[]

  constructor(text: Uint8Array, nowMillis: number) {
    this.#entries = [{ secret: { text }, sinceMillis: nowMillis }]
  }

  get newest(): Secret {
    return this.#entries[0]!.secret
  }

  /** Does nothing when the newest has this text. */
  replace(text: Uint8Array, nowMillis: number): boolean {
    if (Buffer.from(text).equals(this.newest.text)) return false
    this.#entries = [{ secret: { text }, sinceMillis: nowMillis }, ...this.#kept(nowMillis)]
    return true
  }

  /** What to seal with for a peer of which is not known that it has the newest. */
  sealing(nowMillis: number): Secret {
    const entry = this.#kept(nowMillis).find(({ sinceMillis }, index, { length }) => {
      const isOldest = index === length - 1
      return isOldest || nowMillis - sinceMillis >= rotation.oldSealsMillis
    })
    return entry!.secret
  }

  /** The newest first. */
  accepted(nowMillis: number): Secret[] {
    return this.#kept(nowMillis).map(({ secret }) => secret)
  }

  /** A secret was replaced when the one before it in the list came. */
  #kept(nowMillis: number) {
    return this.#entries.filter((_, index, entries) => {
      return index === 0 || nowMillis - entries[index - 1]!.sinceMillis < rotation.oldIsAcceptedMillis
    })
  }
}
