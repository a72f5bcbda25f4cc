/** Whose rules a configuration has to obey; `none`: only those that hold for all. */
export type BgpBackend = 'native' | 'frr' | 'frr-k8s' | 'none'

export interface ConfigRules {
  readonly backend: BgpBackend
  /** Secrets are named, not read: somebody else looks them up. */
  readonly secretPassthrough?: boolean
  /** `ignore`: references to objects that may come later (BFD profiles, Secrets, communities) are not followed. */
  readonly references?: 'resolve' | 'ignore'
}

export const defaultRules: ConfigRules = { backend: 'native' }
