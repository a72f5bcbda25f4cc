import { ENOBUFS } from '../rawnet/constants.ts'
import { RawnetError, type RawSocket, type ReceiveBatch } from '../rawnet/index.ts'
import { decodeEvent, type TableEvent } from './event.ts'
import { type Datagram, messagesIn, netlinkBatch, openNetlinkSocket, receiveDatagrams } from './socket.ts'

/** `overrun`: events were lost, since they came faster than they were read or could not be read; dump again. */
export type NetlinkEvent = TableEvent | { readonly type: 'overrun' }

/** What to hear of, and its multicast group's number minus one: RTNLGRP_* of linux/rtnetlink.h. */
const groupBits = {
  link: 0,
  neighbour: 2,
  'ipv4-address': 4,
  'ipv4-route': 6,
  'ipv6-address': 8,
  'ipv6-route': 10,
} as const

export type NetlinkGroup = keyof typeof groupBits

export interface SubscribeOptions {
  readonly groups: readonly NetlinkGroup[]
  readonly onEvent: (event: NetlinkEvent) => void
  /** Something other than the kernel's overrun, or a message that cannot be decoded: `overrun` follows. */
  readonly onError: (error: unknown) => void
  /** Default: a netlink socket that joins the groups of the bit mask. */
  readonly open?: (groups: number) => RawSocket
}

/**
 * Calls back for every change from now on. For the whole picture subscribe first and dump afterwards: an event may
 * then tell again what the dump told, but none is missed.
 */
export function subscribeNetlink(options: SubscribeOptions): { close(): void } {
  const subscription = new Subscription(options)
  subscription.watch()
  return subscription
}

/** Watching that cannot go on is tried again after this. */
const watchAgainMillis = 1000

class Subscription {
  readonly #options: SubscribeOptions
  readonly #socket: RawSocket
  readonly #batch = netlinkBatch()
  #timer: NodeJS.Timeout | undefined

  constructor(options: SubscribeOptions) {
    this.#options = options
    this.#socket = (options.open ?? openNetlinkSocket)(groupMask(options.groups))
  }

  watch(): void {
    this.#socket.watch(() => this.#onReadable())
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#socket.close()
  }

  #onReadable(): void {
    for (const event of receiveEvents(this.#socket, this.#batch, (error) => this.#onError(error))) {
      if (this.#socket.fd >= 0) this.#options.onEvent(event)
      if (this.#socket.fd < 0) return // a callback closed the subscription
    }
  }

  /** The error of the socket may have been that nobody watches it any more. */
  #onError(error: unknown): void {
    if (error instanceof RawnetError && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#watchAgain(), 0)
    }
    this.#options.onError(error)
  }

  #watchAgain(): void {
    this.#timer = undefined
    try {
      this.#socket.unwatch()
      this.watch()
    } catch (error) {
      this.#timer = setTimeout(() => this.#watchAgain(), watchAgainMillis)
      this.#options.onError(error)
    }
  }
}

function groupMask(groups: readonly NetlinkGroup[]): number {
  return groups.reduce((mask, group) => mask | (1 << groupBits[group]), 0)
}

/** The kernel tells an error once. Should it tell one for ever, the event loop has its turn after so many. */
const maximumErrors = 100

/**
 * Once events were lost, the kernel drops more of them, silently, until the socket's queue has been read to its end.
 * So the overrun comes last: a dump made any earlier could miss a change for good.
 */
function* receiveEvents(
  socket: RawSocket,
  batch: ReceiveBatch,
  onError: (error: unknown) => void,
): Generator<NetlinkEvent> {
  let errors = 0
  const lose = (error: unknown): void => {
    errors++
    if (!isOverrun(error)) onError(error)
  }
  for (let isDrained = false; !isDrained && errors < maximumErrors && socket.fd >= 0; ) {
    try {
      for (const datagram of receiveDatagrams(socket, batch)) yield* eventsIn(datagram, lose)
      isDrained = true
    } catch (error) {
      lose(error)
    }
  }
  if (errors > 0) yield { type: 'overrun' }
}

function* eventsIn(datagram: Datagram, lose: (error: unknown) => void): Generator<TableEvent> {
  try {
    for (const message of messagesIn(datagram)) {
      const event = decodeEvent(message)
      if (event !== undefined) yield event
    }
  } catch (error) {
    lose(error)
  }
}

function isOverrun(error: unknown): boolean {
  return error instanceof RawnetError && error.errno === ENOBUFS
}
