// Generated from crds/schemas by `make generate`; do not edit.

import type {
  V1Affinity,
  V1LabelSelector,
  V1ObjectMeta,
  V1ResourceRequirements,
  V1SecretReference,
  V1Toleration,
} from '@kubernetes/client-node'

/**
 * Asks the speaker of a node whether anybody on its network answers for an address. The controller makes one before it
 * gives out a new address of a pool with probeBeforeUse, and deletes it when it has the answer. Whoever makes one by
 * hand gets an answer too, and has to delete it.
 */
export interface AddressProbe {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * What is asked, and whom.
   */
  spec: AddressProbeSpec
  /**
   * The answer, written by the speaker.
   */
  status?: AddressProbeStatus
}

/**
 * What is asked, and whom.
 */
export interface AddressProbeSpec {
  /**
   * The IPv4 or IPv6 address.
   */
  address: string
  /**
   * Name of the node whose speaker is to ask. It looks at objects with the label `metallb.io/node` of the same value;
   * where the two differ, nobody answers.
   */
  node: string
}

/**
 * The answer, written by the speaker.
 */
export interface AddressProbeStatus {
  /**
   * Unanswered: nobody answered, the address is free. Answered: hardwareAddresses says who did. NotProbed: the speaker
   * could not ask, and message says why.
   */
  result?: 'Unanswered' | 'Answered' | 'NotProbed'
  /**
   * MAC addresses that answered.
   */
  hardwareAddresses?: string[]
  /**
   * Why the speaker could not ask.
   */
  message?: string
}

/**
 * Settings for Bidirectional Forwarding Detection (RFC 5880) beside a BGP session. A BGPPeer names the profile in
 * bfdProfile; when BFD declares the peer dead, the BGP session is dropped at once instead of after its hold time.
 */
export interface BFDProfile {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Timers and modes. Both ends agree on the slower of their timers.
   */
  spec?: BFDProfileSpec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * Timers and modes. Both ends agree on the slower of their timers.
 */
export interface BFDProfileSpec {
  /**
   * Milliseconds between the control packets that we send, at the fastest, 10 to 60000. Default: 300.
   */
  transmitInterval?: number
  /**
   * Milliseconds between control packets that we are able to receive, at the fastest, 10 to 60000. Default: 300.
   */
  receiveInterval?: number
  /**
   * How many packets in a row may be missing before the peer counts as dead, 2 to 255: at 300 ms and 3, that is after
   * 900 ms. Default: 3.
   */
  detectMultiplier?: number
  /**
   * Also send echo packets, which the peer only has to turn round; it must support them. For sessions over IPv4 only:
   * not with peers that get routes of pools with IPv6 addresses. Default: false.
   */
  echoMode?: boolean
  /**
   * Milliseconds between echo packets, 10 to 60000; only with echoMode. Default: 50.
   */
  echoInterval?: number
  /**
   * Wait for the first packet of the peer before sending any. One end at most may be passive. Default: false.
   */
  passiveMode?: boolean
  /**
   * Lowest TTL accepted in incoming packets of a multihop session (ebgpMultiHop), 1 to 254: packets from further away
   * are dropped. Default: 254, a peer at most one router away.
   */
  minimumTtl?: number
}

/**
 * Announces the addresses of pools as routes to BGP peers. Every selected node that can serve a Service announces it,
 * so routers may spread traffic over several nodes. An object without a spec announces every pool from every node to
 * every peer.
 */
export interface BGPAdvertisement {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Which addresses are announced, in which form, from which nodes and to which peers.
   */
  spec?: BGPAdvertisementSpec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * Which addresses are announced, in which form, from which nodes and to which peers.
 */
export interface BGPAdvertisementSpec {
  /**
   * Names of the pools to announce. With ipAddressPoolSelectors also set, pools chosen by either are announced; with
   * neither, all pools. Names of pools that do not exist are ignored. No name twice.
   */
  ipAddressPools?: string[]
  /**
   * More pools to announce, by the labels of the IPAddressPool; matching one selector is enough.
   */
  ipAddressPoolSelectors?: V1LabelSelector[]
  /**
   * Names of the BGPPeers that get the routes. Unset: all of them. Names of peers that do not exist are ignored. No
   * name twice.
   */
  peers?: string[]
  /**
   * Nodes that announce, by their labels; matching one selector is enough. Unset: every node. Selectors that match no
   * node mean that nobody announces.
   */
  nodeSelectors?: V1LabelSelector[]
  /**
   * Services to announce, by their labels; matching one selector is enough. Unset: every Service with an address from
   * the pools. Works only with single-address routes (aggregation lengths 32 and 128).
   */
  serviceSelectors?: V1LabelSelector[]
  /**
   * Prefix length of the announced IPv4 routes, 1 to 32: 32 announces each address by itself, 24 the /24 around it. No
   * prefix of a pool may be smaller than the announced one, or the route would claim addresses that are not yours.
   * Default: 32.
   */
  aggregationLength?: number
  /**
   * Prefix length of the announced IPv6 routes, 1 to 128; the same rules as for aggregationLength. Default: 128.
   */
  aggregationLengthV6?: number
  /**
   * LOCAL_PREF of the routes, for iBGP peers only: routers of the same AS prefer the highest. Unset or 0: not chosen
   * here. Two advertisements of the same routes to the same peers must not differ in it.
   */
  localPref?: number
  /**
   * Communities added to the routes: `asn:number` (`65000:100`), `large:asn:number:number`, or a name that a Community
   * object defines. None twice.
   */
  communities?: string[]
}

/**
 * A BGP peer: a router to which the speaker of every selected node opens a session. What is announced to it is said by
 * BGPAdvertisements.
 */
export interface BGPPeer {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * How to reach the peer and how to talk to it.
   */
  spec?: BGPPeerSpec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * How to reach the peer and how to talk to it.
 */
export interface BGPPeerSpec {
  /**
   * Number of our own autonomous system, 1 to 4294967295.
   */
  myASN: number
  /**
   * Number of the autonomous system of the peer, 1 to 4294967295. Equal to myASN for iBGP. Give either this or
   * dynamicASN.
   */
  peerASN?: number
  /**
   * Accept the AS number that the peer reports, in place of a fixed peerASN: `internal` if it equals myASN (iBGP),
   * `external` if it differs (eBGP).
   */
  dynamicASN?: 'internal' | 'external'
  /**
   * AS number shown to this peer in place of myASN, for example while a network moves from one AS number to another.
   * Unset: myASN.
   */
  localASN?: number
  /**
   * IPv4 or IPv6 address of the peer, for example `192.0.2.1`. Give either this or interface.
   */
  peerAddress?: string
  /**
   * Interface at whose other end the peer is found by its IPv6 link-local address (unnumbered BGP, RFC 8950), for
   * example `eth1`. Give either this or peerAddress.
   */
  interface?: string
  /**
   * TCP port of the peer, 1 to 16384; 0 is 179. Default: 179.
   */
  peerPort?: number
  /**
   * Local address from which the session is opened; the node must have it. Unset: the node chooses by its routes.
   */
  sourceAddress?: string
  /**
   * Nodes that open a session to this peer, by their labels; matching one selector is enough. Unset: every node. One
   * BGPPeer for each rack and selectors for its nodes is the usual way to peer with the top-of-rack switch.
   */
  nodeSelectors?: V1LabelSelector[]
  /**
   * BGP identifier, written as an IPv4 address. Unset: taken from the addresses of the node. All peers of a node need
   * the same one.
   */
  routerID?: string
  /**
   * How long the session outlives the silence of the peer, as a duration of whole seconds: `0s` (never ends) or at
   * least `3s`. The smaller of both ends' values counts. With only keepaliveTime given it is three times that.
   * Default: 90s.
   */
  holdTime?: string
  /**
   * How often we send a sign of life, as a duration such as `30s`; not longer than holdTime. Default: a third of
   * holdTime.
   */
  keepaliveTime?: string
  /**
   * How long to wait between attempts to connect, as a duration of whole seconds from `1s` to `65535s`. Unset: chosen
   * by the speaker.
   */
  connectTime?: string
  /**
   * Set it when an eBGP peer is not on the same network but behind another router. Not for iBGP. Default: false.
   */
  ebgpMultiHop?: boolean
  /**
   * Name of the BFDProfile for a BFD session beside the BGP session. Unset: no BFD.
   */
  bfdProfile?: string
  /**
   * Password of the session (TCP MD5, RFC 2385), readable by everybody who may read this object: prefer passwordSecret.
   * Not both.
   */
  password?: string
  /**
   * The Secret with the password of the session: in MetalLB's namespace, of type kubernetes.io/basic-auth, key
   * `password`.
   */
  passwordSecret?: V1SecretReference
  /**
   * Let the peer keep our routes for a while when a speaker restarts (RFC 4724), so that traffic flows on. Once the
   * field says true or false it cannot be changed: delete the object and create it again. Default: false.
   */
  enableGracefulRestart?: boolean
  /**
   * Name of the Linux VRF interface in which the session is opened, for example `red`. Unset: the main routing table.
   */
  vrf?: string
  /**
   * Announce IPv4 and IPv6 routes over this one session. Otherwise a session over IPv4 carries IPv4 routes and one over
   * IPv6 carries IPv6 routes. Default: false.
   */
  dualStackAddressFamily?: boolean
  /**
   * Has no effect any more; see dualStackAddressFamily. Kept so that old manifests are accepted. Default: false.
   */
  disableMP?: boolean
}

/**
 * The older form of a BGP peer. Both versions are one and the same object: what is written as v1beta1 can be read as
 * v1beta2. An update as v1beta1 loses the fields that only v1beta2 has.
 */
export interface BGPPeerV1beta1 {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * How to reach the peer and how to talk to it.
   */
  spec?: BGPPeerV1beta1Spec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * Chooses nodes by their labels. Every entry of matchLabels and every matchExpressions item must hold; an empty
 * selector ({}) chooses every node.
 */
export interface NodeSelectorV1beta1 {
  /**
   * Labels that a node must carry with exactly these values, for example `rack: r7`.
   */
  matchLabels?: {
    [k: string]: string
  }
  /**
   * Conditions on node labels that a plain value cannot express; all of them must hold.
   *
   * Items: One condition on one label.
   */
  matchExpressions?: {
    /**
     * Name of the node label that is looked at.
     */
    key: string
    /**
     * How the label is compared: In, NotIn, Exists or DoesNotExist.
     */
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    /**
     * The values for In and NotIn. This version asks for at least one value even with Exists and DoesNotExist, which
     * cannot use it: write those selectors as v1beta2.
     */
    values: string[]
  }[]
}

/**
 * How to reach the peer and how to talk to it.
 */
export interface BGPPeerV1beta1Spec {
  /**
   * Number of our own autonomous system, 1 to 4294967295.
   */
  myASN: number
  /**
   * Number of the autonomous system of the peer, 1 to 4294967295. Equal to myASN for iBGP.
   */
  peerASN: number
  /**
   * IPv4 or IPv6 address of the peer, for example `192.0.2.1`.
   */
  peerAddress: string
  /**
   * TCP port of the peer. 0 or unset: 179.
   */
  peerPort?: number
  /**
   * Local address from which the session is opened; the node must have it. Unset: the node chooses by its routes.
   */
  sourceAddress?: string
  /**
   * Nodes that open a session to this peer, by their labels; matching one selector is enough. Unset: every node.
   */
  nodeSelectors?: NodeSelectorV1beta1[]
  /**
   * BGP identifier, written as an IPv4 address. Unset: taken from the addresses of the node. All peers of a node need
   * the same one.
   */
  routerID?: string
  /**
   * How long the session outlives the silence of the peer, as a duration of whole seconds: `0s` (never ends) or at
   * least `3s`. The smaller of both ends' values counts. With only keepaliveTime given it is three times that.
   * Default: 90s.
   */
  holdTime?: string
  /**
   * How often we send a sign of life, as a duration such as `30s`; not longer than holdTime. Default: a third of
   * holdTime.
   */
  keepaliveTime?: string
  /**
   * Set it when an eBGP peer is not on the same network but behind another router. Not for iBGP. Default: false.
   */
  ebgpMultiHop?: boolean
  /**
   * Name of the BFDProfile for a BFD session beside the BGP session. Unset: no BFD.
   */
  bfdProfile?: string
  /**
   * Password of the session (TCP MD5, RFC 2385), readable by everybody who may read this object: v1beta2 can take it
   * from a Secret instead.
   */
  password?: string
}

/**
 * Gives names to BGP communities. A BGPAdvertisement then lists the name in place of the number. All Community objects
 * in MetalLB's namespace form one list of names.
 */
export interface Community {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * The names and what they stand for.
   */
  spec?: CommunitySpec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * One name.
 */
export interface CommunityAlias {
  /**
   * The name that BGPAdvertisements use, for example `no-export`.
   */
  name?: string
  /**
   * What the name stands for: `asn:number`, 16 bits each (`65535:65281`), or for a large community
   * `large:asn:number:number`, 32 bits each (`large:4200000001:10:7`).
   */
  value?: string
}

/**
 * The names and what they stand for.
 */
export interface CommunitySpec {
  /**
   * The names. A name may be defined once only, over all Community objects.
   */
  communities?: CommunityAlias[]
}

/**
 * Says whether one process of MetalLB accepted the configuration. The controller writes `controller`, the speaker of
 * each node `speaker-<node>`. A process that finds a mistake goes on with the last configuration that was valid, so
 * look here when an edit seems to have no effect.
 */
export interface ConfigurationState {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * What the process made of the configuration.
   */
  status?: ConfigurationStateStatus
}

/**
 * One observation about this object; `kubectl wait --for=condition=<type>` waits for it.
 */
export interface Condition {
  /**
   * What is observed, for example `Available`.
   */
  type: string
  /**
   * Whether it holds: True, False, or Unknown when nobody could tell.
   */
  status: 'True' | 'False' | 'Unknown'
  /**
   * One word for programs and alerts that says why, for example `ConfigurationError`.
   */
  reason: string
  /**
   * The same for people: what was found, and which object and field to mend. May be empty.
   */
  message: string
  /**
   * When `status` last changed, in UTC.
   */
  lastTransitionTime: string
  /**
   * The metadata.generation that was looked at. Smaller than the present one: the observation is older than the last
   * edit.
   */
  observedGeneration?: number
}

/**
 * What the process made of the configuration.
 */
export interface ConfigurationStateStatus {
  /**
   * Valid: the present configuration is in force. Invalid: it has mistakes and the last valid one stays in force.
   * Unknown: not looked at yet.
   */
  result?: 'Valid' | 'Invalid' | 'Unknown'
  /**
   * The mistakes, one on each line, with the object and the field to mend. Absent when there are none.
   */
  errorSummary?: string
  /**
   * The details: `poolReconcilerValid` (controller) and `configReconcilerValid` (speaker), True with reason Reconciled
   * or False with reason ConfigurationError.
   */
  conditions?: Condition[]
}

/**
 * A pool of addresses for Services of type LoadBalancer. Handing an address out and making it reachable are two things:
 * an L2Advertisement or a BGPAdvertisement has to name the pool as well. Only pools in MetalLB's own namespace count,
 * and no address may be in two pools.
 */
export interface IPAddressPool {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Which addresses the pool holds and who may have them.
   */
  spec: IPAddressPoolSpec
  /**
   * How full the pool is, written by the controller.
   */
  status?: IPAddressPoolStatus
}

/**
 * Keeps the pool for certain Services, which then also look here before they look in pools without this section. A
 * Service must be in one of the namespaces (if any are named) and match one of the serviceSelectors (if there are
 * any). With neither, every Service may use the pool; what is left is its priority.
 */
export interface ServiceAllocation {
  /**
   * Order in which several pools that are kept for the same Service are tried: 1 before 2, and so on; 0 or unset comes
   * last.
   */
  priority?: number
  /**
   * Names of the namespaces whose Services may use the pool. No name twice.
   */
  namespaces?: string[]
  /**
   * More such namespaces, by their labels; a namespace has to match one of the selectors.
   */
  namespaceSelectors?: V1LabelSelector[]
  /**
   * The Services that may use the pool, by their labels; a Service has to match one of the selectors.
   */
  serviceSelectors?: V1LabelSelector[]
}

/**
 * Which addresses the pool holds and who may have them.
 */
export interface IPAddressPoolSpec {
  /**
   * The addresses of the pool: each item is a prefix (`192.0.2.0/24`, `2001:db8::/112`) or a range from first to last
   * (`192.0.2.10-192.0.2.99`). IPv4 and IPv6 may be mixed in one pool, which dual-stack Services need, since both of
   * their addresses come from the same pool. At least one item is required; one single address is written as
   * `192.0.2.7/32`. Every address of a prefix is handed out, its first and last one too (see avoidBuggyIPs). The
   * lowest free address is taken first (see allocation).
   */
  addresses: string[]
  /**
   * Whether Services that ask for nothing in particular may get an address from this pool. Set to false, the pool
   * serves only Services that name it (annotation `metallb.io/address-pool`) or one of its addresses (annotation
   * `metallb.io/loadBalancerIPs`). Default: true.
   */
  autoAssign?: boolean
  /**
   * Leave out IPv4 addresses that end in .0 or .255, which some old home routers drop although they are ordinary
   * addresses. Default: false.
   */
  avoidBuggyIPs?: boolean
  /**
   * Addresses of the pool that are never handed out, such as those of routers: each item is an address (`192.0.2.1`), a
   * prefix or a range. A Service that already has one keeps it.
   */
  exclude?: string[]
  /**
   * Hand out nothing new from this pool, for instance before it is taken away. Services that have an address keep it.
   * Default: false.
   */
  disabled?: boolean
  /**
   * How many addresses of this pool the Services of one namespace may have together; an address that several of them
   * share counts once. Services that are over a new quota keep theirs. Unset: no limit.
   */
  quota?: number
  /**
   * Which free address is taken: LowestFirst, the lowest one; Balanced, the lowest one of that item of addresses of
   * which the largest share is free, for instance to spread Services over several networks. Unset: LowestFirst.
   */
  allocation?: 'LowestFirst' | 'Balanced'
  /**
   * How long a Service's address stays reserved for it after the Service is deleted, as a duration such as `24h`, so
   * that it has the same address when it is created again. The controller writes an IPReservation for each Service to
   * that end. Unset: an address is free at once.
   */
  retainFor?: string
  /**
   * Ask on the local network (ARP, NDP) whether somebody uses an address before it is handed out, and pass over those
   * that are answered. Takes up to a second for each new address. Default: false.
   */
  probeBeforeUse?: boolean
  /**
   * Keeps the pool for certain Services, which then also look here before they look in pools without this section. A
   * Service must be in one of the namespaces (if any are named) and match one of the serviceSelectors (if there are
   * any). With neither, every Service may use the pool; what is left is its priority.
   */
  serviceAllocation?: ServiceAllocation
}

/**
 * How full the pool is, written by the controller.
 */
export interface IPAddressPoolStatus {
  /**
   * IPv4 addresses in use. An address that several Services share counts once.
   */
  assignedIPv4: number
  /**
   * IPv6 addresses in use. An address that several Services share counts once.
   */
  assignedIPv6: number
  /**
   * IPv4 addresses still free.
   */
  availableIPv4: number
  /**
   * IPv6 addresses still free. What a pool with a prefix of /66 or shorter has is not counted: it is shown as
   * 9223372036854775807 less those in use.
   */
  availableIPv6: number
  /**
   * `Valid`: False when the configuration cannot be used because of this pool; its message says what to mend, and the
   * last valid configuration stays in force meanwhile.
   */
  conditions?: Condition[]
}

/**
 * Keeps addresses of pools for a Service by its name, for a namespace, or for Services by their labels: they get these
 * addresses first, and nobody else gets them. Only reservations in MetalLB's own namespace count. The controller
 * writes one itself for each Service with an address from a pool that has retainFor.
 */
export interface IPReservation {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Which addresses are kept, for whom and for how long.
   */
  spec: IPReservationSpec
  /**
   * Whether the addresses are kept, written by the controller.
   */
  status?: IPReservationStatus
}

/**
 * The one Service that may have the addresses. It need not exist yet.
 */
export interface ReservedService {
  /**
   * Namespace of the Service.
   */
  namespace: string
  /**
   * Name of the Service.
   */
  name: string
}

/**
 * Which addresses are kept, for whom and for how long.
 */
export interface IPReservationSpec {
  /**
   * The addresses that are kept: each item is an address (`192.0.2.7`), a prefix (`192.0.2.8/29`) or a range from first
   * to last (`192.0.2.10-192.0.2.19`). They come into effect as far as they are in a pool that the Service may use;
   * autoAssign does not matter. At least one item is required.
   */
  addresses: string[]
  /**
   * The one Service that may have the addresses. It need not exist yet.
   */
  service?: ReservedService
  /**
   * The namespace whose Services may have the addresses. It need not exist yet.
   */
  namespace?: string
  /**
   * The Services that may have the addresses, by their labels, in any namespace.
   */
  serviceSelector?: V1LabelSelector
  /**
   * How long the reservation lasts, counted from its creation, as a duration such as `24h` or `1h30m`. Unset, and
   * without expiresAt: until it is deleted.
   */
  timeToLive?: string
  /**
   * When the reservation ends, in UTC. The controller writes it into reservations that it made itself when their
   * Service is deleted. Not together with timeToLive.
   */
  expiresAt?: string
}

/**
 * Whether the addresses are kept, written by the controller.
 */
export interface IPReservationStatus {
  /**
   * `Active`: True with reason Reserved while the addresses are kept; False with reason Expired, InvalidSpec (the
   * message says what to mend) or InUseByOther (somebody else has one of the addresses).
   */
  conditions?: Condition[]
  /**
   * When the reservation ends, in UTC. Absent: when it is deleted.
   */
  expiresAt?: string
}

/**
 * Announces the addresses of pools on the local network: for each address one node answers ARP (IPv4) or NDP (IPv6),
 * and another takes over when it fails. The addresses must belong to the subnet of the nodes, or be routed to it. An
 * object without a spec announces every pool from every node on every interface.
 */
export interface L2Advertisement {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Which addresses are announced, from which nodes and on which interfaces.
   */
  spec?: L2AdvertisementSpec
  /**
   * Unused.
   */
  status?: Record<string, never>
}

/**
 * One wish.
 */
export interface PreferredNodeSelector {
  /**
   * Points for a node that fulfils the wish, 1 to 100.
   */
  weight: number
  /**
   * The nodes that get the points, by their labels. An empty selector ({}) gives them to every node.
   */
  preference: V1LabelSelector
}

/**
 * Which addresses are announced, from which nodes and on which interfaces.
 */
export interface L2AdvertisementSpec {
  /**
   * Names of the pools to announce. With ipAddressPoolSelectors also set, pools chosen by either are announced; with
   * neither, all pools. Names of pools that do not exist are ignored. No name twice.
   */
  ipAddressPools?: string[]
  /**
   * More pools to announce, by the labels of the IPAddressPool; matching one selector is enough.
   */
  ipAddressPoolSelectors?: V1LabelSelector[]
  /**
   * Nodes that may announce, by their labels; matching one selector is enough. Unset: every node. Selectors that match
   * no node mean that nobody announces.
   */
  nodeSelectors?: V1LabelSelector[]
  /**
   * Names of the network interfaces on which the node answers, for example `eth0`. Unset: all that are up and suitable.
   * A node that has none of them can still be elected and then announces nothing, so exclude such nodes with
   * nodeSelectors.
   */
  interfaces?: string[]
  /**
   * Services to announce, by their labels; matching one selector is enough. Unset: every Service with an address from
   * the pools. Does not go together with shared addresses: a Service with the annotation `metallb.io/allow-shared-ip`
   * is not announced at all when an advertisement that chooses it has this field.
   */
  serviceSelectors?: V1LabelSelector[]
  /**
   * Wishes for the node that answers. Each eligible node scores the sum of the weights of the wishes it fulfils; the
   * highest score wins, and equal scores are spread by a hash of the address. Nodes that fulfil none stay eligible.
   */
  preferredNodeSelectors?: PreferredNodeSelector[]
  /**
   * How the node that answers is chosen among the eligible ones. Hash: for each address by itself, by a hash, as
   * MetalLB does. Balanced: every node gets as many addresses as every other, give or take one; a node that goes takes
   * nothing with it but its own addresses, and gets the same back. Preferred nodes come first either way. Of several
   * advertisements for a Service, one with Balanced decides. Unset: Hash.
   */
  placement?: 'Hash' | 'Balanced'
}

/**
 * An installation of MetalLB. The operator runs the controller and the speakers as described here, and removes them
 * when this object is deleted. There is one for a cluster: its name is `metallb` and it is in the operator's own
 * namespace. An empty spec is a good start.
 */
export interface MetalLB {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * How MetalLB is run. Every field is optional.
   */
  spec?: MetalLBSpec
  /**
   * How the installation is doing, written by the operator.
   */
  status?: MetalLBStatus
}

/**
 * Settings for the pods of the speaker, one on every selected node.
 */
export interface ComponentConfig {
  /**
   * CPU and memory of the main container, as in a Pod. Default: none are set.
   */
  resources?: V1ResourceRequirements
  /**
   * On which nodes, and near or far from which pods, the pods run, as in a Pod.
   */
  affinity?: V1Affinity
  /**
   * Annotations added to the pods, for example for a service mesh or a log collector.
   */
  annotations?: {
    [k: string]: string
  }
  /**
   * Priority class of the pods. A cluster that evicts its load balancer under pressure loses its way in:
   * `system-node-critical` (speaker) and `system-cluster-critical` (controller) guard against that.
   */
  priorityClassName?: string
  /**
   * Runtime class of the pods. Default: that of the cluster.
   */
  runtimeClassName?: string
}

/**
 * Settings for bgpBackend frr-k8s and frr-k8s-external.
 */
export interface FRRK8sConfig {
  /**
   * Namespace of the foreign frr-k8s, where FRRConfiguration objects are written; only for frr-k8s-external. Unset:
   * what the operator's environment FRRK8S_EXTERNAL_NAMESPACE says.
   */
  namespace?: string
  /**
   * Prefixes that frr-k8s never accepts from any peer, for example `10.244.0.0/16` for the pods; only for frr-k8s.
   */
  alwaysBlock?: string[]
  /**
   * Hand frr-k8s the names of the Secrets with BGP passwords instead of the passwords; the Secrets must then be in its
   * namespace. Only for frr-k8s-external. Default: false.
   */
  secretPassthrough?: boolean
}

/**
 * How MetalLB is run. Every field is optional.
 */
export interface MetalLBSpec {
  /**
   * How much controller and speakers write to their logs. Default: info.
   */
  logLevel?: 'all' | 'debug' | 'info' | 'warn' | 'error' | 'none'
  /**
   * Serve only Services with exactly this spec.loadBalancerClass, for example `example.com/metallb`, so that several
   * load balancers can share a cluster. Unset: serve only the Services without a class.
   */
  loadBalancerClass?: string
  /**
   * Who speaks BGP: `native`, the speaker itself; `frr`, an older name for the same; `frr-k8s` or `frr-k8s-external`,
   * an frr-k8s deployed with MetalLB or by somebody else, to which the speakers hand FRRConfiguration objects. Unset:
   * `native`.
   */
  bgpBackend?: string
  /**
   * Labels of the nodes on which speakers run, in addition to `kubernetes.io/os: linux`. Only such nodes can announce
   * addresses. Unset: every Linux node that the tolerations allow.
   */
  nodeSelector?: {
    [k: string]: string
  }
  /**
   * Node taints that speakers put up with, in addition to those of control-plane nodes.
   */
  speakerTolerations?: V1Toleration[]
  /**
   * Settings for the pods of the speaker, one on every selected node.
   */
  speakerConfig?: ComponentConfig
  /**
   * Labels of the nodes on which the controller may run. Unset: every Linux node.
   */
  controllerNodeSelector?: {
    [k: string]: string
  }
  /**
   * Node taints that the controller puts up with.
   */
  controllerTolerations?: V1Toleration[]
  /**
   * Settings for the pod of the controller.
   */
  controllerConfig?: ComponentConfig
  /**
   * Settings for bgpBackend frr-k8s and frr-k8s-external.
   */
  frrk8sConfig?: FRRK8sConfig
  /**
   * Has no effect; the image is that of the operator. Kept so that old manifests are accepted.
   */
  image?: string
}

/**
 * How the installation is doing, written by the operator.
 */
export interface MetalLBStatus {
  /**
   * Available: controller and all speakers run. Progressing: a change is being rolled out. Degraded: something is
   * wrong, see its message. Upgradeable: nothing stands in the way of a newer operator.
   */
  conditions?: Condition[]
}

/**
 * Says to which BGP peers one node announces one Service. The speaker of that node writes it and deletes it when no
 * peer is left. Find yours with `kubectl get servicebgpstatuses -n metallb-system -l metallb.io/service-name=<name>`.
 */
export interface ServiceBGPStatus {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Unused.
   */
  spec?: Record<string, never>
  /**
   * Who announces what, and to whom.
   */
  status?: ServiceBGPStatusStatus
}

/**
 * Who announces what, and to whom.
 */
export interface ServiceBGPStatusStatus {
  /**
   * Name of the node that announces the Service.
   */
  node?: string
  /**
   * Name of the Service.
   */
  serviceName?: string
  /**
   * Namespace of the Service.
   */
  serviceNamespace?: string
  /**
   * Names of the BGPPeers that get the routes of the Service from this node.
   */
  peers?: string[]
}

/**
 * Says which node announces a Service on the local network. The speaker of that node writes it; there is one for each
 * Service that is announced. Find yours with `kubectl get servicel2statuses -n metallb-system -l
 * metallb.io/service-name=<name>`.
 */
export interface ServiceL2Status {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Unused.
   */
  spec?: Record<string, never>
  /**
   * Who announces what, and where.
   */
  status?: ServiceL2StatusStatus
}

/**
 * One interface.
 */
export interface AnnouncingInterface {
  /**
   * Its name on the node, for example `eth0`.
   */
  name?: string
}

/**
 * Who announces what, and where.
 */
export interface ServiceL2StatusStatus {
  /**
   * Name of the node that answers for the Service.
   */
  node?: string
  /**
   * Name of the Service.
   */
  serviceName?: string
  /**
   * Namespace of the Service.
   */
  serviceNamespace?: string
  /**
   * Interfaces on which the node answers, when the advertisements restrict them. Absent: all suitable ones.
   */
  interfaces?: AnnouncingInterface[]
}

/**
 * Says how the speaker of a node fares, and what it knows of the network there. There is one for each node, with the
 * node's name. The controller never gives out the default gateways that are listed, and asks a speaker of the right
 * network about addresses of pools that have probeBeforeUse. It goes with the speaker's pod, and is written at most
 * once a second.
 */
export interface SpeakerStatus {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  /**
   * Unused.
   */
  spec?: Record<string, never>
  /**
   * What the speaker does, and what it sees on its node.
   */
  status?: SpeakerStatusStatus
}

/**
 * One problem.
 */
export interface SpeakerProblem {
  /**
   * A name for programs, for example `StrictArpOff`.
   */
  reason: string
  /**
   * What is wrong, and how to mend it.
   */
  message: string
  /**
   * When it was first seen.
   */
  since: string
}

/**
 * One network on one interface.
 */
export interface SpeakerNetwork {
  /**
   * Name of the interface on the node, for example `eth0`.
   */
  interface: string
  /**
   * Its addresses, for example `192.0.2.0/24`.
   */
  prefix: string
}

/**
 * What the speaker does, and what it sees on its node.
 */
export interface SpeakerStatusStatus {
  /**
   * Version of the speaker.
   */
  version?: string
  /**
   * Starting: it has not seen all of the cluster yet. Serving: it may announce. Leaving: it stops. Returning: it is
   * back from an absence, and gets addresses only where no other node can have them. Unfit: it runs, but its node must
   * not carry traffic (`--dataplane-health-url`), and the addresses are with others.
   */
  phase?: 'Starting' | 'Serving' | 'Leaving' | 'Returning' | 'Unfit'
  /**
   * Digest of the configuration by which it goes: equal where the objects of the configuration are equal. While a fault
   * keeps the newest configuration from being used, that of the older one.
   */
  configGeneration?: string
  /**
   * How many speakers take part in Layer 2 mode, as this one sees it; itself included.
   */
  members?: {
    /**
     * Speakers that are alive.
     */
    seen: number
    /**
     * Of these, those that may announce.
     */
    serving: number
  }
  /**
   * How many addresses of Services it answers for in Layer 2 mode.
   */
  addresses?: {
    /**
     * IPv4 addresses of this node.
     */
    ipv4: number
    /**
     * IPv6 addresses of this node.
     */
    ipv6: number
    /**
     * Addresses of other nodes, of both families, for which it answers with the MAC address of that node while the
     * speaker there is away.
     */
    standingIn: number
  }
  /**
   * Names of the interfaces on which it answers for addresses of Services.
   */
  interfaces?: string[]
  /**
   * What keeps, or may keep, clients from reaching the addresses of this node. Each reason has a page in docs/problems,
   * and there was an event of this object when it was found.
   */
  problems?: SpeakerProblem[]
  /**
   * Routers to which default routes of the node lead, of whatever metric and routing table. Link-local ones are left
   * out: no pool has them.
   */
  defaultGateways?: string[]
  /**
   * Networks whose addresses are neighbours of the node, found by ARP or Neighbor Discovery.
   */
  networks?: SpeakerNetwork[]
  /**
   * MAC addresses from which the node answers for the addresses of Services. One that answers a probe from here is no
   * stranger.
   */
  hardwareAddresses?: string[]
}
