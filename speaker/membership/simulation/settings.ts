/** What a run can be told on the command line, as `key=value`. */
export interface Settings {
  readonly seed: number
  /** Of virtual time that is measured; 0: as long as the scenario takes. */
  readonly seconds: number
  /** Share of packets that get lost, on every path. */
  readonly loss: number
  /** Share of packets that others overtake, by up to 10 ms. */
  readonly reorder: number
  /** Mean time between two stalls of a process; 0: none. */
  readonly stallEverySeconds: number
  readonly stallMostMillis: number
  readonly heartbeatMillis: number
  readonly voteMillis: number
  readonly probes: number
  readonly standInSeconds: number
  /** A node whose addresses have moved waits so long until it gets them back. */
  readonly failbackSeconds: number
  /** Addresses in all; 0: one for each node, and at least 12. */
  readonly addresses: number
  /** Nodes that may have an address; 0: all, or 16 of more than 100. */
  readonly candidates: number
  /** Every second address is an IPv6 one. */
  readonly ipv6: 0 | 1
  /** Subnets that the nodes are spread over; those of one may have its addresses. */
  readonly subnets: number
  /** Datagrams are encoded, sealed and opened; 0: only counted as if. */
  readonly sealed: 0 | 1
  /** Packets that a socket holds: 425,984 bytes, which is what the kernel grants, of small datagrams. */
  readonly socketQueue: number
  /** What a scenario counts: nodes that die, restarts, ... ; 0: its own. */
  readonly count: number
  /** So often nodes die. */
  readonly rounds: number
  /** Prints what came before each false takeover and needless move. */
  readonly trace: 0 | 1
}

export const defaults: Settings = {
  seed: 1,
  seconds: 0,
  loss: 0.02,
  reorder: 0,
  stallEverySeconds: 60,
  stallMostMillis: 380,
  heartbeatMillis: 100,
  voteMillis: 400,
  probes: 3,
  standInSeconds: 30,
  failbackSeconds: 0,
  addresses: 0,
  candidates: 0,
  ipv6: 1,
  subnets: 1,
  sealed: 0,
  socketQueue: 500,
  count: 0,
  rounds: 5,
  trace: 0,
}

/** Where it is not anything from 0. With more loss the cluster never comes to rest. */
const limits: Readonly<Record<string, { readonly least?: number; readonly most?: number }>> = {
  loss: { most: 0.9 },
  reorder: { most: 1 },
  heartbeatMillis: { least: 20 },
  voteMillis: { least: 60 },
  probes: { least: 1 },
  subnets: { least: 1 },
}

export class SettingError extends Error {
  override readonly name = 'SettingError'
}

/** Throws {@link SettingError}. */
export function parseSettings(texts: readonly string[]): Partial<Settings> {
  return Object.fromEntries(texts.map(parseSetting))
}

function parseSetting(text: string): [key: string, value: number] {
  const [key = '', value = ''] = text.split('=')
  if (!Object.hasOwn(defaults, key)) {
    throw new SettingError(`${JSON.stringify(key)} is no setting; there are: ${Object.keys(defaults).join(' ')}`)
  }
  const number = Number(value)
  const { least, most } = { least: 0, most: Number.MAX_SAFE_INTEGER, ...limits[key] }
  if (value === '' || !(number >= least && number <= most)) {
    const upTo = most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''
    throw new SettingError(`${key}: ${JSON.stringify(value)} is not a number from ${least}${upTo}`)
  }
  return [key, number]
}
