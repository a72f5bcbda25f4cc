/** All times of the failure detector. The two that operators set are first; the others follow from them. */
export interface Constants {
  readonly heartbeatMillis: number
  /** Silence after which a watcher votes. */
  readonly voteMillis: number
  /** Heartbeats differ by up to this part, so that members do not march in step. */
  readonly heartbeatJitter: number
  /** Up to this many watchers for each member; two votes are a death. */
  readonly watchers: number
  readonly tickMillis: number
  /** A timer this late may have left heartbeats unread in the socket. */
  readonly lateMillis: number
  /** Silence after which a ward is asked, and asked again. */
  readonly askMillis: number
  readonly askAgainMillis: number
  /** The second and third vote; those after them. */
  readonly voteAgainMillis: number
  readonly voteSlowlyMillis: number
  readonly voteLifetimeMillis: number
  /** Between two pings to somebody of whom nothing is known yet; as long again for the answer to the second. */
  readonly pingAgainMillis: number
  /** No member heard for that long: the own vote is enough. */
  readonly aloneMillis: number
  /** No frame heard for that long: silent, accusing nobody. */
  readonly deafMillis: number
  /** Deaths of that time share one certificate. */
  readonly gatherMillis: number
  /** Word to all is said again after that long, and each time spread over the other. */
  readonly repeatMillis: number
  readonly spreadMillis: number
  /** Between two datagrams to different members at the least. */
  readonly paceMillis: number
  /** Between two words to the same member that is believed dead. */
  readonly tellMillis: number
  /** Views that differ are exchanged when both have been quiet for that long, and no sooner again than that. */
  readonly quietMillis: number
  readonly exchangeMillis: number
  /** From the first whole list to `synced`; without any list; with lists only of others that start. */
  readonly settleMillis: number
  readonly startAloneMillis: number
  readonly startTogetherMillis: number
  /** For a silent watcher its vote is cast that often, for so long. */
  readonly proxyVoteMillis: number
  readonly proxyMillis: number
  /** From a port unreachable to the vote. */
  readonly crashMillis: number
  /** A dead member that the API no longer names is forgotten. */
  readonly forgetMillis: number
}

/** Scales everything from heartbeat and vote; what is given stays as given. */
export function deriveConstants(given: Partial<Constants> = {}): Constants {
  const heartbeatMillis = given.heartbeatMillis ?? 100
  const voteMillis = given.voteMillis ?? 4 * heartbeatMillis
  return Object.freeze({
    heartbeatMillis,
    voteMillis,
    heartbeatJitter: 0.05,
    watchers: 3,
    tickMillis: heartbeatMillis / 4,
    lateMillis: heartbeatMillis / 20,
    askMillis: 1.3 * heartbeatMillis,
    askAgainMillis: 0.45 * heartbeatMillis,
    voteAgainMillis: heartbeatMillis,
    voteSlowlyMillis: 10 * heartbeatMillis,
    voteLifetimeMillis: 10 * heartbeatMillis,
    pingAgainMillis: 0.6 * heartbeatMillis,
    aloneMillis: voteMillis + heartbeatMillis,
    deafMillis: voteMillis + heartbeatMillis,
    gatherMillis: heartbeatMillis / 20,
    repeatMillis: heartbeatMillis,
    spreadMillis: heartbeatMillis / 5,
    paceMillis: 0.01,
    tellMillis: heartbeatMillis,
    quietMillis: 2 * heartbeatMillis,
    exchangeMillis: 10 * heartbeatMillis,
    settleMillis: heartbeatMillis / 2,
    startAloneMillis: 10 * heartbeatMillis,
    startTogetherMillis: 2.5 * heartbeatMillis,
    proxyVoteMillis: 3 * heartbeatMillis,
    proxyMillis: 20 * heartbeatMillis,
    crashMillis: 0.3 * heartbeatMillis,
    forgetMillis: 600_000,
    ...given,
  })
}
