/** What a client saw of addresses that it asked for at a steady pace. */
export interface Recording {
  readonly intervalMillis: number
  readonly addresses: number
  /** Who answered; at most eight. */
  readonly macs: readonly string[]
  /** One byte for each question, tick by tick, in each tick address by address: a bit for each of `macs` that answered it. */
  readonly answers: Uint8Array
  /** By name, the tick during which something happened. */
  readonly marks: Readonly<Record<string, number>>
}

export const ticksOf = ({ answers, addresses }: Recording): number => Math.floor(answers.length / addresses)

/** The longest time without an answer of each address, from a tick on. Unanswered at the end counts as well. */
export function gapsMillis(recording: Recording, fromTick: number): number[] {
  return forAddresses(recording, (answersAt) => {
    let longest = 0
    let silent = 0
    for (let tick = fromTick; tick < ticksOf(recording); tick++) {
      silent = answersAt(tick) === 0 ? silent + 1 : 0
      longest = Math.max(longest, silent)
    }
    return longest * recording.intervalMillis
  })
}

/** Questions that nobody answered, from a tick on. */
export function unanswered(recording: Recording, fromTick: number): number {
  const { answers, addresses } = recording
  return answers.subarray(fromTick * addresses).reduce((count, answer) => count + (answer === 0 ? 1 : 0), 0)
}

/** Addresses whose owner at the end is another than at a tick. */
export function moved(recording: Recording, tick: number): number {
  const owners = (at: number) => ownersAt(recording, at)
  const before = owners(tick)
  const after = owners(ticksOf(recording) - 1)
  return before.filter((owner, address) => owner !== after[address]).length
}

/** For each address who answered last until a tick; undefined when nobody has. */
export function ownersAt(recording: Recording, tick: number): (string | undefined)[] {
  return forAddresses(recording, (answersAt) => {
    for (let at = tick; at >= 0; at--) {
      const bits = answersAt(at)
      if (bits !== 0) return recording.macs[31 - Math.clz32(bits)]
    }
    return undefined
  })
}

/** From a tick until the last question that two answered; 0 when there is none. */
export function millisWithTwoOwners(recording: Recording, fromTick: number): number {
  const last = forAddresses(recording, (answersAt) => {
    for (let tick = ticksOf(recording) - 1; tick >= fromTick; tick--) {
      const bits = answersAt(tick)
      if ((bits & (bits - 1)) !== 0) return tick - fromTick + 1
    }
    return 0
  })
  return Math.max(...last) * recording.intervalMillis
}

function forAddresses<T>({ answers, addresses }: Recording, find: (answersAt: (tick: number) => number) => T): T[] {
  return Array.from({ length: addresses }, (_, address) => find((tick) => answers[tick * addresses + address] ?? 0))
}
