/**
 * An API server whose every step a test decides: objects with resourceVersions, optimistic locking, status subresources,
 * and a history that watches are served from. What it does with a request it does at once; see `Link` for the way there.
 *
 * As the real one does: a write that changes nothing makes no version and no event; a status patch of a Service may
 * change metadata and never the spec; a Service that is no LoadBalancer has no ingress.
 */
import { isDeepStrictEqual } from 'node:util'
import { refusal } from '../../kube/error.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import type { ApiRequest } from '../../kube/request.ts'
import { mergePatch, strategicPatch } from './patch.ts'
import { type Target, targetOf } from './target.ts'

export interface Stored extends KubeObject {
  spec?: Readonly<Record<string, unknown>>
  status?: Readonly<Record<string, unknown>>
}

/** A line of a watch before it is text. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: Stored
}

interface Entry extends WatchEvent {
  readonly plural: string
  readonly version: number
}

interface Watcher {
  readonly target: Target
  readonly tell: (event: WatchEvent) => void
}

export class SimulatedServer {
  /** Seconds since the start, for creation timestamps. */
  seconds = 0
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #watchers = new Set<Watcher>()
  #history: Entry[] = []
  #version = 100

  get<T = Stored>(plural: string, key: string): T | undefined {
    return this.#collection(plural).get(key) as T | undefined
  }

  all<T = Stored>(plural: string): T[] {
    return [...this.#collection(plural).values()] as T[]
  }

  /** As a user does: creates the object, or replaces all of it but the status. */
  put(plural: string, object: Stored): void {
    const before = this.#collection(plural).get(keyOf(object))
    const { uid = `uid-${this.#version}`, generation = 0, creationTimestamp = this.#now() } = before?.metadata ?? {}
    const isOther = !isDeepStrictEqual(before?.spec, object.spec)
    const status = before?.status ?? object.status
    this.#store(plural, {
      ...object,
      ...(status === undefined ? {} : { status }),
      metadata: { ...object.metadata, uid, creationTimestamp, generation: generation + Number(isOther) },
    })
  }

  /** As somebody does who may write the status too; null removes. */
  change(plural: string, key: string, patch: object): void {
    const before = this.get(plural, key)
    if (before !== undefined) this.#store(plural, strategicPatch(before, patch) as Stored)
  }

  remove(plural: string, key: string): void {
    const object = this.get(plural, key)
    if (object === undefined) return
    this.#collection(plural).delete(key)
    this.#record(plural, 'DELETED', object)
  }

  /** Forgets the past: whoever resumes from before now is told 410. */
  compact(): void {
    this.#history = []
  }

  /** One request, watches apart. Throws ApiError. */
  answer(request: ApiRequest): Stored {
    const target = targetOf(request)
    if (target.plural === 'events') return {}
    if (request.method === 'GET' && target.key === undefined) return this.#list(target)
    if (request.method === 'GET') return this.#existing(request, target)
    const body = JSON.parse(request.body ?? '{}') as Stored
    const key = target.key ?? keyOf(body)
    const before = this.get(target.plural, key)
    this.#refuse(request, target, body, before)
    if (request.method === 'DELETE') return this.#delete(request, target, before!)
    return this.#store(target.plural, this.#written(request, target, body, before))
  }

  /** Tells the watch what it asks for. Returns the way to end it. */
  watch(request: ApiRequest, tell: (event: WatchEvent) => void): () => void {
    const target = targetOf(request)
    const from = Number(target.query.get('resourceVersion') ?? 0)
    const watcher = { target, tell }
    if (target.query.has('sendInitialEvents')) this.#tellAll(watcher)
    else if (this.#isForgotten(from)) tell({ type: 'ERROR', object: { code: 410, reason: 'Expired' } as Stored })
    else for (const entry of this.#history) if (entry.version > from) this.#tell(watcher, entry)
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #collection(plural: string): Map<string, Stored> {
    const collection = this.#objects.get(plural) ?? new Map<string, Stored>()
    this.#objects.set(plural, collection)
    return collection
  }

  #delete({ what, body }: ApiRequest, { plural }: Target, object: Stored): Stored {
    const { preconditions = {} } = JSON.parse(body ?? '{}') as { preconditions?: object }
    const { uid, resourceVersion } = object.metadata ?? {}
    if (!isDeepStrictEqual({ uid, resourceVersion, ...preconditions }, { uid, resourceVersion }))
      throw refusal(what, 409, '')
    this.remove(plural, keyOf(object))
    return {}
  }

  #list({ plural }: Target): Stored & { items: Stored[] } {
    return { metadata: { resourceVersion: String(this.#version) }, items: this.all(plural) }
  }

  #existing({ what }: ApiRequest, { plural, key }: Target): Stored {
    const object = this.get(plural, key ?? '')
    if (object === undefined) throw refusal(what, 404, '')
    return object
  }

  #refuse({ what, method, contentType = '' }: ApiRequest, target: Target, { metadata }: Stored, before?: Stored): void {
    if (method === 'POST' && before !== undefined) throw refusal(what, 409, alreadyExists)
    const mayCreate = method === 'POST' || (contentType.includes('apply') && !target.isStatus)
    if (before === undefined && !mayCreate) throw refusal(what, 404, '')
    const { resourceVersion } = metadata ?? {}
    if (resourceVersion !== undefined && resourceVersion !== before?.metadata?.resourceVersion) {
      throw refusal(what, 409, '')
    }
  }

  #written(
    { method, contentType = '' }: ApiRequest,
    { isStatus }: Target,
    body: Stored,
    before: Stored | undefined,
  ): Stored {
    const { uid = `uid-${this.#version}`, creationTimestamp = this.#now() } = before?.metadata ?? {}
    if (method === 'POST' || method === 'PUT')
      return mergePatch(body, { metadata: { uid, creationTimestamp } }) as Stored
    const { spec, status } = before ?? {}
    const patch = contentType.startsWith('application/merge-patch') ? mergePatch : strategicPatch
    const merged = patch(before, body) as Stored
    if (isStatus) return { ...merged, ...(spec === undefined ? {} : { spec }) }
    return { ...merged, ...(status === undefined ? {} : { status }) }
  }

  /** Returns what was there when nothing changed. */
  #store(plural: string, object: Stored): Stored {
    const key = keyOf(object)
    const before = this.get(plural, key)
    const kept = withVersion(withoutForbidden(plural, object), before?.metadata?.resourceVersion)
    if (before !== undefined && isDeepStrictEqual(kept, before)) return before
    const stored = withVersion(kept, String(this.#version + 1))
    this.#collection(plural).set(key, stored)
    this.#record(plural, before === undefined ? 'ADDED' : 'MODIFIED', stored)
    return stored
  }

  #record(plural: string, type: WatchEvent['type'], object: Stored): void {
    this.#version += 1
    const entry = { plural, type, object: withVersion(object, String(this.#version)), version: this.#version }
    this.#history.push(entry)
    for (const watcher of this.#watchers) this.#tell(watcher, entry)
  }

  #tell({ target, tell }: Watcher, { plural, type, object }: Pick<Entry, 'plural' | 'type' | 'object'>): void {
    const name = target.query.get('fieldSelector')?.replace('metadata.name=', '') ?? object.metadata?.name
    if (plural === target.plural && object.metadata?.name === name) tell({ type, object })
  }

  #tellAll(watcher: Watcher): void {
    const { plural } = watcher.target
    for (const object of this.all(plural)) this.#tell(watcher, { plural, type: 'ADDED', object })
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    const metadata = { resourceVersion: String(this.#version), annotations }
    watcher.tell({ type: 'BOOKMARK', object: { metadata } })
  }

  #isForgotten(version: number): boolean {
    const oldest = this.#history[0]?.version ?? this.#version + 1
    return version < this.#version && version + 1 < oldest
  }

  /** As JSON has it: of whole seconds. */
  #now(): Date {
    const text = new Date(Date.UTC(2026, 0, 1) + this.seconds * 1000).toISOString()
    return `${text.slice(0, 19)}Z` as unknown as Date // client-node's types say Date
  }
}

const alreadyExists = JSON.stringify({ kind: 'Status', code: 409, reason: 'AlreadyExists' })

function withVersion(object: Stored, resourceVersion: string | undefined): Stored {
  const metadata = { ...object.metadata }
  if (resourceVersion !== undefined) metadata.resourceVersion = resourceVersion
  return { ...object, metadata }
}

function withoutForbidden(plural: string, object: Stored): Stored {
  if (plural !== 'services' || object.spec?.['type'] === 'LoadBalancer' || !object.status?.['loadBalancer'])
    return object
  return { ...object, status: { ...object.status, loadBalancer: {} } }
}
