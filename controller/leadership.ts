import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { fencedClient } from '../kube/fenced-client.ts'
import { electLeader, type LeaseTimings } from '../kube/lease.ts'
import type { Log } from '../kube/log.ts'
import type { Term, TermClients } from './term.ts'

/** How the replicas agree on who leads. */
export interface ElectionSettings extends Required<LeaseTimings> {
  /** Name of the Lease. */
  readonly name: string
  /** Unlike that of any other replica; a process that comes back under the same leads again at once. */
  readonly identity: string
}

/** Whether this process leads, and its term if it does. */
export interface Leadership {
  readonly isLeader: boolean
  readonly term: Term | undefined
  /** Resolves when it is known for the first time who leads. */
  readonly decided: Promise<void>
  stop(): Promise<void>
}

export interface LeadershipOptions {
  readonly client: KubeClient
  readonly namespace: string
  /** Undefined: there is no other replica, and nobody to ask. */
  readonly election: ElectionSettings | undefined
  readonly startTerm: (clients: TermClients) => Term
  readonly log: Log
  readonly clock: Clock
}

export function seekLeadership({ election, ...options }: LeadershipOptions): Leadership {
  return election === undefined ? leadAlone(options) : campaign(options, election)
}

type Common = Omit<LeadershipOptions, 'election'>

function leadAlone({ client, startTerm }: Common): Leadership {
  const term = startTerm({ state: client, events: client })
  return { isLeader: true, term, decided: Promise.resolve(), stop: () => term.stop().then(() => term.tellRest()) }
}

/** Each time that this process is elected begins a term of its own, whose writes end with it. */
function campaign({ startTerm, client, ...common }: Common, settings: ElectionSettings): Leadership {
  const writeLimitMillis = writeLimit(settings)
  let term: Term | undefined
  let told: Promise<void> | undefined
  let endFence = () => {}
  let isStopping = false

  function clients(): TermClients {
    let isOver = false
    endFence = () => {
      isOver = true
    }
    const whileLeading = () => (isOver ? 0 : election.remainingMillis())
    const untilTold = () => (isStopping ? Infinity : whileLeading())
    return {
      state: fencedClient(client, { remainingMillis: whileLeading, writeLimitMillis }),
      events: fencedClient(client, { remainingMillis: untilTold, writeLimitMillis }),
    }
  }

  const election = electLeader({
    ...{ client, ...common, ...settings },
    onStartedLeading() {
      term = startTerm(clients())
    },
    async onStoppedLeading() {
      const ended = term
      term = undefined
      await ended?.stop()
      endFence()
      told = ended?.tellRest()
    },
  })
  return {
    get isLeader() {
      return election.isLeader()
    },
    get term() {
      return term
    },
    decided: election.decided,
    async stop() {
      isStopping = true
      await election.stop()
      await told
    },
  }
}

/** Between two renewals at least `deadline - period` of the lease remains: half of that for a write, half for a slow renewal. */
function writeLimit({ renewDeadlineMillis, retryPeriodMillis }: Required<LeaseTimings>): number {
  return (renewDeadlineMillis - retryPeriodMillis) / 2
}
