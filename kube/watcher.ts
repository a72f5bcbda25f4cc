/**
 * Keeps a local copy of one resource true: the decisions, without a socket, a clock or a store.
 *
 *              start
 *                │            ┌───────────────────────── expired (410) ──┐
 *                ▼            ▼                                          │
 *   stopped ─► initialWatch or listing ──── whole copy received ───► watching ─┐
 *                ▲            │                                       ▲  │ ended, silent, failed
 *                │            │ failed                                │  ▼
 *                └────────────┴─────────── backingOff ────────────────┘
 *
 * `initialWatch` is WatchList (KEP-3157): the server streams the objects and then says that these were all. A server
 * that refuses it, or does not say so in time, is asked for a paged list from then on.
 *
 * Guarantees, as long as the server answers now and then:
 * - the outputs between `replace` and `replaced`, and those after, add up to the server's objects
 * - a lost connection is resumed from the last known resourceVersion; only when the server has forgotten it, keeps
 *   answering it with an error or nonsense, or has shown changes out of order, is everything read again
 * - every failed attempt is followed by a delay that grows, also when the attempt failed by ending too early
 */
import { type Backoff, backoffMillis } from './backoff.ts'

export type Start =
  | { kind: 'initialWatch' }
  | { kind: 'listing'; paged: boolean }
  | { kind: 'watching'; resourceVersion: string }

interface Health {
  /** False once the server has shown that it cannot send initial events. */
  initialEvents: boolean
  /** Failed attempts since the last watch that held. */
  failures: number
  /** Of these, the last so many were resumed watches whose request the server cannot be content with. */
  refusals: number
}

export type WatcherState =
  | { kind: 'stopped' }
  | ({ kind: 'initialWatch'; openedAtMillis: number } & Health)
  | ({ kind: 'listing'; paged: boolean } & Health)
  | ({ kind: 'watching'; resourceVersion: string; openedAtMillis: number } & Health)
  | ({ kind: 'backingOff'; next: Start } & Health)

export interface Failure {
  /** HTTP status, or the code of an ERROR event; 0 when no answer came. */
  status: number
  retryAfterMillis?: number | undefined
  /** The server answered, and the answer made no sense. */
  malformed?: boolean
  message: string
}

export type WatcherEvent<T> =
  | { kind: 'start' }
  | { kind: 'stop' }
  /** One page of a list; the last one has no token. */
  | { kind: 'page'; items: readonly T[]; resourceVersion: string; token: string | undefined }
  | { kind: 'changed'; object: T; resourceVersion: string }
  | { kind: 'deleted'; object: T; resourceVersion: string }
  | { kind: 'bookmark'; resourceVersion: string; initialEventsEnd: boolean }
  /** The request was refused, the connection broke, or the stream brought an ERROR event. */
  | { kind: 'failed'; failure: Failure }
  /** The server closed the watch in good order. */
  | { kind: 'ended' }
  /** Nothing came for longer than the bookmark period. */
  | { kind: 'silent' }
  | { kind: 'timer' }

/** What the shell is to do, in this order. A new request or an abort makes the answers to the one before void. */
export type WatcherAction<T> =
  | { kind: 'list'; paged: boolean; token: string | undefined }
  | { kind: 'watch'; resourceVersion: string | undefined }
  | { kind: 'wait'; millis: number }
  | { kind: 'abort' }
  /** What follows, up to `replaced`, is everything there is. */
  | { kind: 'replace' }
  | { kind: 'apply'; object: T }
  | { kind: 'delete'; object: T }
  | { kind: 'replaced' }

export interface WatcherContext {
  nowMillis: number
  random: () => number
}

export interface WatcherStep<T> {
  state: WatcherState
  actions: readonly WatcherAction<T>[]
}

export const stopped: WatcherState = { kind: 'stopped' }

const backoff: Backoff = { initialMillis: 500, maximumMillis: 30_000 }
/** A watch that lived this long counts as held, and what failed before it is forgotten. */
const heldMillis = 10_000
/** An ordinary bookmark before the end of the initial events is that of a plain watch if they have taken this long. */
const initialEventsMillis = 60_000
/** A version that the server has refused this often, for whatever reason, is given up. */
const refusalLimit = 5

export function step<T>(state: WatcherState, event: WatcherEvent<T>, context: WatcherContext): WatcherStep<T> {
  if (event.kind === 'stop') return { state: stopped, actions: state.kind === 'stopped' ? [] : [{ kind: 'abort' }] }
  switch (state.kind) {
    case 'stopped':
      if (event.kind === 'start')
        return begin({ kind: 'initialWatch' }, { initialEvents: true, failures: 0, refusals: 0 }, context)
      return stay(state)

    case 'initialWatch':
      switch (event.kind) {
        case 'changed':
          return stay(state, { kind: 'apply', object: event.object })
        case 'deleted':
          return stay(state, { kind: 'delete', object: event.object })
        case 'bookmark':
          if (!event.initialEventsEnd)
            return isOpenFor(initialEventsMillis, state, context) ? withoutInitialEvents(state, context) : stay(state)
          return watching(state, event.resourceVersion, context, { kind: 'replaced' })
        case 'failed':
          return initialWatchFailed(state, event.failure, context)
        case 'silent':
          return withoutInitialEvents(state, context)
        case 'ended':
          return retry(state, fromNothing(false), context)
        default:
          return stay(state)
      }

    case 'listing':
      switch (event.kind) {
        case 'page':
          return pageReceived(state, event, context)
        case 'failed':
          // A page token that expired (410): the next list is read in one piece, which cannot expire.
          return retry(
            state,
            { kind: 'listing', paged: state.paged && event.failure.status !== 410 },
            context,
            event.failure,
          )
        case 'silent':
        case 'ended':
          return retry(state, { kind: 'listing', paged: state.paged }, context)
        default:
          return stay(state)
      }

    case 'watching':
      switch (event.kind) {
        case 'changed':
        case 'deleted':
        case 'bookmark':
          // A server sends the changes of a resource in order. If it did not, we may have missed one: read all again.
          if (isOlder(event.resourceVersion, state.resourceVersion)) return restart(state, context)
          return stay({ ...state, resourceVersion: event.resourceVersion }, ...outputsOf<T>(event))
        case 'failed':
          if (event.failure.status === 410) return restart(state, context)
          return watchFailed(state, event.failure, context)
        case 'ended':
        case 'silent':
          return resume(state, context)
        default:
          return stay(state)
      }

    case 'backingOff':
      if (event.kind === 'timer') return begin(state.next, state, context)
      return stay(state)

    default:
      return state satisfies never
  }
}

type Watching = Extract<WatcherState, { kind: 'watching' }>

function stay<T>(state: WatcherState, ...actions: WatcherAction<T>[]): WatcherStep<T> {
  return { state, actions }
}

function outputsOf<T>(event: Extract<WatcherEvent<T>, { resourceVersion: string }>): WatcherAction<T>[] {
  if (event.kind === 'changed') return [{ kind: 'apply', object: event.object }]
  return event.kind === 'deleted' ? [{ kind: 'delete', object: event.object }] : []
}

function begin<T>(
  start: Start,
  { initialEvents, failures, refusals }: Health,
  context: WatcherContext,
): WatcherStep<T> {
  const health = { initialEvents, failures, refusals }
  switch (start.kind) {
    case 'initialWatch':
      return {
        state: { ...start, openedAtMillis: context.nowMillis, ...health },
        actions: [{ kind: 'replace' }, { kind: 'watch', resourceVersion: undefined }],
      }
    case 'listing':
      return {
        state: { ...start, ...health },
        actions: [{ kind: 'replace' }, { kind: 'list', paged: start.paged, token: undefined }],
      }
    case 'watching':
      return watching(health, start.resourceVersion, context, { kind: 'watch', resourceVersion: start.resourceVersion })
    default:
      return start satisfies never
  }
}

function watching<T>(
  { initialEvents, failures, refusals }: Health,
  resourceVersion: string,
  { nowMillis }: WatcherContext,
  ...actions: WatcherAction<T>[]
): WatcherStep<T> {
  const health = { initialEvents, failures, refusals }
  return { state: { kind: 'watching', resourceVersion, openedAtMillis: nowMillis, ...health }, actions }
}

function pageReceived<T>(
  state: Extract<WatcherState, { kind: 'listing' }>,
  page: Extract<WatcherEvent<T>, { kind: 'page' }>,
  context: WatcherContext,
): WatcherStep<T> {
  const applied = page.items.map((object): WatcherAction<T> => ({ kind: 'apply', object }))
  if (page.token !== undefined) return stay(state, ...applied, { kind: 'list', paged: state.paged, token: page.token })
  const { resourceVersion } = page
  return watching(state, resourceVersion, context, ...applied, { kind: 'replaced' }, { kind: 'watch', resourceVersion })
}

function initialWatchFailed<T>(state: Health, failure: Failure, context: WatcherContext): WatcherStep<T> {
  const initialEvents = !refusesTheRequest(failure)
  // A refusal costs no delay: the list is the second half of the same attempt.
  if (!initialEvents) return begin({ kind: 'listing', paged: true }, { ...state, initialEvents }, context)
  return retry(state, { kind: 'initialWatch' }, context, failure)
}

/** A server too old for sendInitialEvents may take it for a plain watch, which never says "these were all". */
function withoutInitialEvents<T>(state: Health, context: WatcherContext): WatcherStep<T> {
  return retry({ ...state, initialEvents: false }, fromNothing(false), context)
}

/** A version that does not work may never work again; whether it is the version the server need not say. */
function watchFailed<T>(state: Watching, failure: Failure, context: WatcherContext): WatcherStep<T> {
  const health = settled(state, context)
  const refusals = refusesTheRequest(failure) || failure.malformed ? health.refusals + 1 : 0
  if (refusals < refusalLimit) return retry({ ...health, refusals }, fromVersion(state), context, failure)
  return retry({ ...health, refusals: 0 }, fromNothing(health.initialEvents), context, failure)
}

/**
 * 400, 422: parameters are unknown, forbidden or wrong. 500 and other 4xx: also as an ERROR event from an API server
 * whose etcd (3.4) cannot report progress. Not: credentials, missing resource, overload, gone.
 */
function refusesTheRequest({ status }: Failure): boolean {
  return status >= 400 && status <= 500 && ![401, 403, 404, 408, 410, 429].includes(status)
}

/** Everything again, at once the first time: nothing is wrong with the server. */
function restart<T>(state: Watching, context: WatcherContext): WatcherStep<T> {
  const health = settled(state, context)
  const next = fromNothing(health.initialEvents)
  if (health.failures > 0) return retry(health, next, context)
  return begin(next, { ...health, failures: 1 }, context)
}

/** The next watch from where this one ended: at once if this one held, else after a delay. */
function resume<T>(state: Watching, context: WatcherContext): WatcherStep<T> {
  if (!isOpenFor(heldMillis, state, context)) return retry(state, fromVersion(state), context)
  return begin(fromVersion(state), settled(state, context), context)
}

function retry<T>(health: Health, next: Start, context: WatcherContext, failure?: Failure): WatcherStep<T> {
  const failures = health.failures + 1
  const asked = (failure?.retryAfterMillis ?? 0) * (1 + context.random() / 4)
  const millis = Math.max(asked, backoffMillis(backoff, failures, context.random))
  return {
    state: { kind: 'backingOff', next, initialEvents: health.initialEvents, failures, refusals: health.refusals },
    actions: [{ kind: 'abort' }, { kind: 'wait', millis }],
  }
}

function isOpenFor(millis: number, state: { openedAtMillis: number }, { nowMillis }: WatcherContext): boolean {
  return nowMillis - state.openedAtMillis >= millis
}

function settled(state: Watching, context: WatcherContext): Health {
  const { initialEvents, failures, refusals } = state
  return isOpenFor(heldMillis, state, context)
    ? { initialEvents, failures: 0, refusals: 0 }
    : { initialEvents, failures, refusals }
}

function fromNothing(initialEvents: boolean): Start {
  return initialEvents ? { kind: 'initialWatch' } : { kind: 'listing', paged: true }
}

function fromVersion({ resourceVersion }: { resourceVersion: string }): Start {
  return { kind: 'watching', resourceVersion }
}

/**
 * Orders two resourceVersions of one resource. They are decimal numbers on every server that keeps its objects in
 * etcd (KEP-5504 makes that a promise); other words cannot be compared, and count as moving forward.
 */
function isOlder(version: string, than: string): boolean {
  if (!isDecimal(version) || !isDecimal(than)) return false
  return version.length === than.length ? version < than : version.length < than.length
}

function isDecimal(version: string): boolean {
  return /^[1-9][0-9]*$/.test(version)
}
