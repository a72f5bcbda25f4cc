/** `unknown` only until the first answer. */
export type Fitness = 'unknown' | 'fit' | 'unfit'

export interface Health {
  readonly fitness: Fitness
  /** Answers in a row that speak for another fitness. */
  readonly streak: number
  /** Bad answers in a row while unfit. */
  readonly failures: number
}

export type Answer = 'good' | 'bad'

/** Bad answers in a row that make a node unfit, and good ones that make it fit again: one alone moves nothing. */
const streaks = { bad: 3, good: 2 } as const

export const unknownHealth: Health = { fitness: 'unknown', streak: 0, failures: 0 }
const fit: Health = { fitness: 'fit', streak: 0, failures: 0 }

export function step(health: Health, answer: Answer): Health {
  const { fitness, streak, failures } = health
  switch (fitness) {
    case 'unknown':
      return answer === 'good' ? fit : doubt(health)
    case 'fit':
      return answer === 'good' ? fit : doubt(health)
    case 'unfit':
      if (answer === 'bad') return { fitness, streak: 0, failures: failures + 1 }
      return streak + 1 < streaks.good ? { fitness, streak: streak + 1, failures: 0 } : fit
    default:
      return fitness satisfies never
  }
}

function doubt({ fitness, streak }: Health): Health {
  return streak + 1 < streaks.bad
    ? { fitness, streak: streak + 1, failures: 0 }
    : { fitness: 'unfit', streak: 0, failures: 1 }
}

/** How long after an answer the next question comes. */
export interface Pace {
  readonly restMillis: number
  /** While an answer speaks against what is believed. */
  readonly doubtMillis: number
  /** While unfit; doubles with each bad answer. */
  readonly unfitMillis: number
  readonly longestMillis: number
}

/** A quarter more or less keeps the nodes of a cluster apart. */
const jitter = 0.25

export function waitMillis({ fitness, streak, failures }: Health, pace: Pace, random: () => number): number {
  const isSure = streak === 0 && fitness !== 'unknown'
  const backoffMillis = Math.min(pace.longestMillis, pace.unfitMillis * 2 ** Math.min(failures - 1, 30))
  const base = !isSure ? pace.doubtMillis : fitness === 'fit' ? pace.restMillis : backoffMillis
  return base * (1 - jitter + 2 * jitter * random())
}
