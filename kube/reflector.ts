/** The shell around the watcher: sends its requests, keeps its timers, and writes its outputs into a store. */

import type { KubeClient, ListPage } from './client.ts'
import { type Clock, systemClock, type Timer } from './clock.ts'
import { ApiError } from './error.ts'
import type { Log } from './log.ts'
import { type KubeObject, keyOf } from './object.ts'
import { listRequest, type Selection, watchRequest } from './request.ts'
import type { Resource } from './resource.ts'
import { type IndexFunctions, ObjectStore, type Store } from './store.ts'
import { parseWatchLine } from './watch-line.ts'
import { type Failure, step, stopped, type WatcherAction, type WatcherEvent } from './watcher.ts'

export interface ReflectOptions<T> extends Selection {
  /** What to keep of an object; it may change its argument. Default: everything but managedFields. */
  transform?: (object: T) => T
  indexes?: IndexFunctions<T>
  log: Log
  clock?: Clock
  random?: () => number
}

export interface Reflector<T> {
  readonly store: Store<T>
  start(): void
  /** Resolves when the store has held everything once. Rejects if the reflector is stopped before. */
  synced(): Promise<void>
  readonly hasSynced: boolean
  stop(): Promise<void>
}

/** Small enough that a page, parsed in one piece, does not set the peak of the process's memory. */
const pageSize = 250
const listTimeoutMillis = 60_000
/** The server ends a watch after 5 to 10 minutes, at a time that differs between clients. */
const watchSeconds = { least: 300, spread: 300 }
/** The API server sends a bookmark about once a minute; two in a row do not get lost on a living connection. */
const silenceMillis = 150_000

/** What somebody has to mend, by the status of the answer. */
const problems: Readonly<Record<number, string>> = {
  403: 'the watcher may not read this: check the roles of its service account',
  404: 'the API server does not know this resource: check that its CustomResourceDefinition is installed',
}

export function reflect<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  options: ReflectOptions<T>,
): Reflector<T> {
  return new ResourceReflector(client, resource, options)
}

class ResourceReflector<T extends KubeObject> implements Reflector<T> {
  readonly #client: KubeClient
  readonly #resource: Resource<T>
  readonly #selection: Selection
  readonly #transform: (object: T) => T
  readonly #clock: Clock
  readonly #random: () => number
  readonly #log: Log
  readonly #objects: ObjectStore<T>
  #state = stopped
  #hasSynced = false
  #awaitingSync: { resolve(): void; reject(error: Error): void }[] = []
  /** The request under way; the answers to any other are void. */
  #request = new AbortController()
  #ended: Promise<void> = Promise.resolve()
  #backoffTimer: Timer | undefined

  constructor(client: KubeClient, resource: Resource<T>, options: ReflectOptions<T>) {
    const {
      transform = dropManagedFields,
      indexes = {},
      log,
      clock = systemClock,
      random = Math.random,
      ...rest
    } = options
    this.#client = client
    this.#resource = resource
    this.#selection = rest
    this.#transform = transform
    this.#clock = clock
    this.#random = random
    this.#log = log.child({ resource: resource.plural })
    const onListenerError = (err: unknown, key: string) =>
      this.#log.error({ err, key }, 'a listener of the store failed')
    this.#objects = new ObjectStore({ indexes, onListenerError })
  }

  get store(): Store<T> {
    return this.#objects
  }

  get hasSynced(): boolean {
    return this.#hasSynced
  }

  start(): void {
    this.#dispatch({ kind: 'start' })
  }

  synced(): Promise<void> {
    if (this.#hasSynced) return Promise.resolve()
    return new Promise((resolve, reject) => this.#awaitingSync.push({ resolve, reject }))
  }

  async stop(): Promise<void> {
    this.#dispatch({ kind: 'stop' })
    for (const { reject } of this.#awaitingSync.splice(0))
      reject(new Error(`${this.#resource.plural}: stopped before synced`))
    await this.#ended
  }

  #dispatch(event: WatcherEvent<T>): void {
    const before = this.#state.kind
    const context = { nowMillis: this.#clock.now(), random: this.#random }
    const { state, actions } = step(this.#state, event, context)
    this.#state = state
    if (state.kind !== before) this.#log.debug({ from: before, to: state.kind }, 'watcher state changed')
    for (const action of actions) this.#perform(action)
  }

  #perform(action: WatcherAction<T>): void {
    switch (action.kind) {
      case 'list':
        this.#begin((request) => this.#list(request, action.paged, action.token))
        break
      case 'watch':
        this.#begin((request) => this.#watch(request, action.resourceVersion))
        break
      case 'wait':
        this.#backoffTimer = this.#clock.setTimeout(() => this.#dispatch({ kind: 'timer' }), action.millis)
        break
      case 'abort':
        this.#clock.clearTimeout(this.#backoffTimer)
        this.#request.abort()
        break
      case 'replace':
        this.#objects.beginReplace()
        break
      case 'apply':
        this.#objects.apply(action.object)
        break
      case 'delete':
        this.#objects.remove(keyOf(action.object))
        break
      case 'replaced':
        this.#replaced()
        break
      default:
        action satisfies never
    }
  }

  #replaced(): void {
    this.#objects.endReplace()
    this.#hasSynced = true
    for (const { resolve } of this.#awaitingSync.splice(0)) resolve()
  }

  #begin(run: (request: AbortController) => Promise<void>): void {
    this.#request.abort()
    const request = new AbortController()
    this.#request = request
    this.#ended = run(request).catch((error: unknown) => this.#failed(request, error))
  }

  #failed(request: AbortController, error: unknown): void {
    if (request !== this.#request || request.signal.aborted) return
    const failure = failureOf(error)
    const problem = problems[failure.status] ?? 'the watcher lost the API server'
    this.#log.warn({ err: error, status: failure.status }, `${problem}, will retry`)
    this.#dispatch({ kind: 'failed', failure })
  }

  async #list(request: AbortController, paged: boolean, token: string | undefined): Promise<void> {
    const page = { ...(paged ? { limit: pageSize } : {}), ...(token === undefined ? {} : { token }) }
    const body = await this.#client.transport.send(listRequest(this.#resource, this.#selection, page), {
      retry: false,
      timeoutMillis: listTimeoutMillis,
      signal: request.signal,
    })
    if (request.signal.aborted) return
    const { items, metadata } = JSON.parse(body) as ListPage<T>
    this.#dispatch({
      kind: 'page',
      items: (items ?? []).map(this.#transform),
      resourceVersion: metadata.resourceVersion,
      token: metadata.continue || undefined,
    })
  }

  async #watch(request: AbortController, resourceVersion: string | undefined): Promise<void> {
    const timeoutSeconds = Math.round(watchSeconds.least + this.#random() * watchSeconds.spread)
    const watchdog = this.#watchFor(silenceMillis, request.signal)
    try {
      await this.#client.transport.sendForLines(
        watchRequest(this.#resource, this.#selection, { resourceVersion, timeoutSeconds }),
        {
          signal: request.signal,
          onLine: (line) => {
            watchdog.heard()
            if (!request.signal.aborted) this.#received(parseWatchLine<T>(line))
          },
        },
      )
    } finally {
      watchdog.stop()
    }
    if (!request.signal.aborted) this.#dispatch({ kind: 'ended' })
  }

  #received(event: WatcherEvent<T>): void {
    if (event.kind === 'changed') event.object = this.#transform(event.object)
    if (event.kind === 'failed') this.#log.warn({ ...event.failure }, 'the watch brought an error')
    this.#dispatch(event)
  }

  /** One timer, set again only when it fires: a busy watch does not pay for its watchdog. */
  #watchFor(limitMillis: number, signal: AbortSignal): { heard(): void; stop(): void } {
    const clock = this.#clock
    let heardMillis = clock.now()
    const check = () => {
      const left = heardMillis + limitMillis - clock.now()
      if (left > 0) timer = clock.setTimeout(check, left)
      else if (!signal.aborted) this.#dispatch({ kind: 'silent' })
    }
    let timer = clock.setTimeout(check, limitMillis)
    return {
      heard: () => {
        heardMillis = clock.now()
      },
      stop: () => clock.clearTimeout(timer),
    }
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError)) return { status: 0, message: String(error) }
  const { status, message, retryAfterMillis, code } = error
  return { status, message, retryAfterMillis, malformed: code === 'malformed' }
}

function dropManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata?.managedFields
  return object
}
