/** Whose rules a configuration has to obey; `none`: only those that hold for all. */
export type BgpBackend = 'native' | 'frr' | 'frr-k8s' | 'none'

export interface ConfigRules {
  readonly backend: BgpBackend
  /** Secrets are named, not read: somebody else looks them up. */
  readonly secretPassthrough?: boolean
  /** `ignore`: references to objects that may come later (BFD profiles, Secrets, communities) are not followed. */
  readonly references?: 'resolve' | 'ignore'
}

/** What sets one backend apart from the others. */
export interface Rules {
  /** Our own engine has one BGP identifier of 32 bits for each session. */
  readonly routerIdIsIpv4: boolean
  /** FRR has one process, and frr-k8s one router, for all peers of a node and VRF. */
  readonly peersAgree: boolean
  /** The ConfigMap `bgpextras` is for an FRR that is not there. */
  readonly refusesExtras: boolean
}

/** `frr` is served by our own engine too, under the rules that held for such configurations. */
export const rulesOf: Readonly<Record<BgpBackend, Rules>> = {
  native: { routerIdIsIpv4: true, peersAgree: false, refusesExtras: true },
  frr: { routerIdIsIpv4: true, peersAgree: true, refusesExtras: true },
  'frr-k8s': { routerIdIsIpv4: false, peersAgree: true, refusesExtras: true },
  none: { routerIdIsIpv4: false, peersAgree: false, refusesExtras: false },
}
