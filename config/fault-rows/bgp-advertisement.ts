import type { FaultRow } from './row.ts'

/** Of BGPAdvertisement and Community. */
export const bgpAdvertisementFaults = {
  'aggregation-length-invalid': {
    problem: 'is not a prefix length',
    remedy: 'use at most 32 for IPv4 and 128 for IPv6; these announce each address by itself',
  },
  'aggregation-shorter-than-pool': {
    problem: 'is a shorter prefix than the addresses of a pool: the route would claim more than the pool has',
    remedy: 'use at least the prefix length of the addresses, or select other pools',
  },
  'selectors-with-aggregation': {
    problem: 'joins addresses in one route, and serviceSelectors choose single Services',
    remedy: 'leave aggregationLength at 32 and aggregationLengthV6 at 128, or remove serviceSelectors',
  },
  'bad-local-pref': {
    problem: 'is not a local preference',
    remedy: 'use a whole number from 0 to 4294967295',
  },
  'local-pref-conflict': {
    problem: 'differs from the localPref of another advertisement of the same routes',
    remedy: 'use one localPref, or other aggregation lengths, peers or nodes for one of the two',
  },
  'duplicate-peer-reference': {
    problem: 'is listed twice',
    remedy: 'list each peer once',
  },
  'duplicate-community-reference': {
    problem: 'is listed twice',
    remedy: 'list each community once',
  },
  'community-unknown-alias': {
    problem: 'is neither a community nor a name that a Community object defines',
    remedy: 'write 65000:100 or large:65000:1:2, or define the name in a Community object',
    mayResolveLater: true,
  },
  'community-format': {
    problem: 'is not a community',
    remedy: 'write 65000:100 or large:65000:1:2',
  },
  'community-value': {
    problem: 'is a community with a number out of range',
    remedy: 'use numbers from 0 to 65535, in a large community from 0 to 4294967295',
  },
  'community-duplicate': {
    problem: 'is defined twice',
    remedy: 'define each name once over all Community objects',
  },
} as const satisfies Record<string, FaultRow>
