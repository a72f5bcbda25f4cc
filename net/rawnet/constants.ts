/** Numbers of Linux, the same on x64 and arm64; named as in its headers. */
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17

export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3

export const SOL_SOCKET = 1
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8

export const IPPROTO_IP = 0
export const IP_TTL = 2
export const IP_RECVERR = 11
export const IP_RECVTTL = 12

export const IPPROTO_IPV6 = 41
export const IPV6_RECVERR = 25
export const IPV6_V6ONLY = 26

export const ETH_P_ARP = 0x0806

export const EAGAIN = 11
export const ENOMEM = 12
export const ENETDOWN = 100
export const ENOBUFS = 105
export const ECONNREFUSED = 111
