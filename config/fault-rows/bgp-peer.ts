import type { FaultRow } from './row.ts'

/** Of BGPPeer, BFDProfile and the ConfigMap `bgpextras`. */
export const bgpPeerFaults = {
  'bad-asn': {
    problem: 'is not the number of an autonomous system',
    remedy: 'use a whole number from 1 to 4294967295',
  },
  'peer-asn-missing': {
    problem: 'is missing',
    remedy: 'set peerASN, or dynamicASN to internal or external',
  },
  'asn-and-dynamic-asn': {
    problem: 'is given beside peerASN',
    remedy: 'set either peerASN or dynamicASN',
  },
  'bad-dynamic-asn': {
    problem: 'is not a kind of peer',
    remedy: 'use internal (same AS as myASN) or external (any other), or set peerASN',
  },
  'multihop-on-ibgp': {
    problem: 'is set, and myASN and peerASN are the same',
    remedy: 'leave ebgpMultiHop out: an iBGP peer may be any number of hops away',
  },
  'address-or-interface-missing': {
    problem: 'is missing',
    remedy: 'set peerAddress, or interface for the router at the other end of a link',
  },
  'address-and-interface': {
    problem: 'is given beside peerAddress',
    remedy: 'set either peerAddress or interface',
  },
  'peer-address-invalid': {
    problem: 'is not an IP address',
    remedy: 'write an address such as 192.0.2.1 or 2001:db8::1',
  },
  'source-address-invalid': {
    problem: 'is not an IP address',
    remedy: 'write an address of the node such as 192.0.2.9 or 2001:db8::9, or leave it out',
  },
  'source-address-family': {
    problem: 'is of another IP family than peerAddress',
    remedy: 'use two addresses of one family',
    isWarning: true,
  },
  'router-id-invalid': {
    problem: 'is not an IP address',
    remedy: 'write a router ID such as 192.0.2.9, or leave it out',
  },
  'router-id-not-ipv4': {
    problem: 'is an IPv6 address, and a router ID has 32 bits',
    remedy: 'write it as an IPv4 address such as 192.0.2.9, or leave it out',
  },
  'bad-port': {
    problem: 'is not a port for a peer',
    remedy: 'use a whole number from 1 to 16384, or leave it out for 179',
  },
  'hold-time-too-short': {
    problem: 'makes a hold time of less than 3 seconds',
    remedy: 'use a hold time of 3s or more',
  },
  'hold-time-too-long': {
    problem: 'makes a hold time of more than 65535 seconds',
    remedy: 'use a hold time of 65535s or less',
  },
  'keepalive-above-hold': {
    problem: 'is longer than the hold time',
    remedy: 'use at most the hold time; a third of it is usual',
  },
  'bad-connect-time': {
    problem: 'is not a time between attempts to connect',
    remedy: 'use whole seconds from 1s to 65535s',
  },
  'timers-off': {
    problem: 'turns the timers of the session off: a peer that dies in silence is never noticed',
    remedy:
      'remove holdTime and keepaliveTime for the default of 90s (MetalLB stored 0s where a v1beta1 object had no timers), or add a bfdProfile',
    isWarning: true,
  },
  'keepalive-off': {
    problem: 'means that no sign of life is sent, and a peer with a hold time drops the session',
    remedy: 'leave it out for a third of the hold time',
    isWarning: true,
  },
  'password-and-secret': {
    problem: 'is given beside a password',
    remedy: 'set either password or passwordSecret',
  },
  'secret-missing': {
    problem: "is not a Secret in MetalLB's namespace",
    remedy: 'create it there, of type kubernetes.io/basic-auth, with the key password',
    mayResolveLater: true,
  },
  'secret-type': {
    problem: 'is a Secret of the wrong type',
    remedy: 'create it anew with type kubernetes.io/basic-auth',
  },
  'secret-without-password': {
    problem: 'is a Secret without a password',
    remedy: 'give it the key password',
  },
  'bfd-profile-missing': {
    problem: 'is not the name of a BFDProfile',
    remedy: 'create the BFDProfile, or name one that exists',
    mayResolveLater: true,
  },
  'bfd-out-of-range': {
    problem: 'is out of range',
    remedy: 'use a whole number in this range',
  },
  'bfd-echo-with-v6': {
    problem: 'uses echo mode, which is for IPv4 only, and the peer would get IPv6 routes',
    remedy: 'use a profile without echoMode for this peer, or name other peers in the BGPAdvertisement',
  },
  'disable-mp': {
    problem: 'has no effect any more',
    remedy: 'remove it; dualStackAddressFamily chooses whether one session carries both IP families',
    isWarning: true,
  },
  'peer-duplicate': {
    problem: 'is the peer of two objects on the same node',
    remedy: 'describe each router once for a node and VRF, or let nodeSelectors keep the two apart',
  },
  'router-id-mismatch': {
    problem: 'differs from the router ID of another peer on the same node',
    remedy: 'give all peers of a node the same routerID, or none of them any',
  },
  'local-asn-mismatch': {
    problem: 'differs from myASN of another peer on the same node and in the same VRF',
    remedy: 'use one AS number for a node and VRF; localASN shows a single peer another one',
  },
  'extras-unsupported': {
    problem: 'is configuration text for FRR, and no FRR reads it: BGP is spoken by the speaker itself',
    remedy: 'delete the ConfigMap bgpextras, and say what it said in BGPPeer, BGPAdvertisement and BFDProfile objects',
  },
} as const satisfies Record<string, FaultRow>
