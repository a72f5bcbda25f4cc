/** An API server in memory, for tests: as much of list, watch, patch and apply as the controller uses. */
import { createClient, type KubeClient } from '../../kube/client.ts'
import { refusal } from '../../kube/error.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import type { ApiRequest } from '../../kube/request.ts'
import { strategicPatch } from './patch.ts'
import { type Target, targetOf } from './target.ts'

type Stored = KubeObject & Record<string, unknown>
type Line = (line: string) => void

export class FakeCluster {
  readonly client: KubeClient
  /** Every request that was to change something, events apart: `PATCH services default/web`. */
  readonly writes: string[] = []
  /** What a write is answered instead of being done. */
  fault: ((request: ApiRequest, target: Target) => number | undefined) | undefined
  /** Kinds of objects that may not be watched. */
  readonly unreadable = new Set<string>()
  /** Writes are never answered. */
  hangs = false
  /** Kinds of objects whose write has not been answered. */
  readonly hung = new Set<string>()
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #watchers = new Map<string, Set<Line>>()
  #version = 0

  constructor() {
    this.client = createClient({
      send: async (request, { signal } = {}) => {
        if (this.hangs && request.method !== 'GET') await this.#hang(request, signal)
        return JSON.stringify(this.#answer(request))
      },
      sendForLines: (request, { onLine, signal }) => this.#watch(request, onLine, signal),
      close: () => {},
    })
  }

  get<T = Stored>(plural: string, key: string): T | undefined {
    return structuredClone(this.#collection(plural).get(key)) as T | undefined
  }

  all<T = Stored>(plural: string): T[] {
    return structuredClone([...this.#collection(plural).values()]) as T[]
  }

  /** As a user does: creates the object, or replaces all of it but the status. */
  put(plural: string, object: object): void {
    const given = structuredClone(object) as Stored
    const before = this.#collection(plural).get(keyOf(given))
    const uid = before?.metadata?.uid ?? `uid-${this.#version}`
    const generation = (before?.metadata?.generation ?? 0) + 1
    const creationTimestamp = before?.metadata?.creationTimestamp ?? timestampOf(this.#version)
    const status = before?.['status'] ?? given['status']
    this.#store(plural, {
      ...given,
      ...(status === undefined ? {} : { status }),
      metadata: { ...given.metadata, uid, generation, creationTimestamp },
    })
  }

  /** Changes parts of an object; null removes. */
  change(plural: string, key: string, patch: object): void {
    this.#store(plural, strategicPatch(this.#collection(plural).get(key), patch) as Stored)
  }

  remove(plural: string, key: string): void {
    const object = this.#collection(plural).get(key)
    if (object === undefined) return
    this.#collection(plural).delete(key)
    this.#tell(plural, 'DELETED', withVersion(object, ++this.#version))
  }

  #collection(plural: string): Map<string, Stored> {
    const collection = this.#objects.get(plural) ?? new Map<string, Stored>()
    this.#objects.set(plural, collection)
    return collection
  }

  #store(plural: string, object: Stored): Stored {
    const stored = withVersion(object, ++this.#version)
    const type = this.#collection(plural).has(keyOf(stored)) ? 'MODIFIED' : 'ADDED'
    this.#collection(plural).set(keyOf(stored), stored)
    this.#tell(plural, type, stored)
    return stored
  }

  #tell(plural: string, type: string, object: Stored): void {
    const line = JSON.stringify({ type, object })
    for (const watcher of this.#watchers.get(plural) ?? []) setImmediate(() => watcher(line))
  }

  #watch(request: ApiRequest, onLine: Line, signal: AbortSignal): Promise<void> {
    const { plural, query } = targetOf(request)
    if (this.unreadable.has(plural)) return Promise.reject(refusal(request.what, 403, ''))
    const since = query.get('resourceVersion')
    if (since === null) this.#showAll(plural, onLine)
    else if (this.#isNewer(plural, since)) throw new Error('the fake has no history to resume a watch from')
    const watchers = this.#watchers.get(plural) ?? new Set<Line>()
    this.#watchers.set(plural, watchers.add(onLine))
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        watchers.delete(onLine)
        resolve()
      }),
    )
  }

  #showAll(plural: string, onLine: Line): void {
    for (const object of this.#collection(plural).values()) onLine(JSON.stringify({ type: 'ADDED', object }))
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    const metadata = { resourceVersion: String(this.#version), annotations }
    onLine(JSON.stringify({ type: 'BOOKMARK', object: { metadata } }))
  }

  #isNewer(plural: string, version: string): boolean {
    return [...this.#collection(plural).values()].some((one) => Number(one.metadata?.resourceVersion) > Number(version))
  }

  #answer(request: ApiRequest): Stored {
    const target = targetOf(request)
    const { plural, key } = target
    if (request.method === 'GET') return this.#existing(request, target)
    if (plural !== 'events') this.writes.push(`${request.method} ${plural} ${key ?? ''}`.trim())
    const fault = this.fault?.(request, target)
    if (fault !== undefined) throw refusal(request.what, fault, '')
    const body = JSON.parse(request.body ?? '{}') as Stored
    if (request.method === 'DELETE') return this.#delete(request, target, body['preconditions'])
    if (request.method === 'POST') return this.#create(request, plural, body)
    const isApply = request.contentType?.includes('apply') ?? false
    const before = isApply ? this.#collection(plural).get(key!) : this.#existing(request, target)
    const { resourceVersion } = body.metadata ?? {}
    if (resourceVersion !== undefined && resourceVersion !== before?.metadata?.resourceVersion) {
      throw refusal(request.what, 409, '')
    }
    return this.#store(plural, request.method === 'PUT' ? body : (strategicPatch(before, body) as Stored))
  }

  /** With uid and time as `put` gives them. */
  #create(request: ApiRequest, plural: string, { metadata, ...body }: Stored): Stored {
    const [uid, creationTimestamp] = [`uid-${this.#version}`, timestampOf(this.#version)]
    const name = metadata?.name ?? `${metadata?.generateName}${this.#version}`
    const object = { ...body, metadata: { ...metadata, name, uid, creationTimestamp } }
    if (this.#collection(plural).has(keyOf(object))) throw refusal(request.what, 409, alreadyExists)
    return this.#store(plural, object)
  }

  #delete(request: ApiRequest, target: Target, preconditions: unknown): Stored {
    const object = this.#existing(request, target)
    const { uid, resourceVersion } = object.metadata ?? {}
    const wanted = { uid, resourceVersion, ...(preconditions as object | undefined) }
    if (wanted.uid !== uid || wanted.resourceVersion !== resourceVersion) throw refusal(request.what, 409, '')
    this.remove(target.plural, target.key!)
    return object
  }

  #hang(request: ApiRequest, signal: AbortSignal | undefined): Promise<never> {
    this.hung.add(targetOf(request).plural)
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }

  #existing(request: ApiRequest, { plural, key }: Target): Stored {
    const object = this.#collection(plural).get(key ?? '')
    if (object === undefined) throw refusal(request.what, 404, '')
    return object
  }
}

const alreadyExists = JSON.stringify({ kind: 'Status', code: 409, reason: 'AlreadyExists' })

function withVersion(object: Stored, version: number): Stored {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
}

function timestampOf(version: number): Date {
  return `2026-01-01T00:00:${String(version).padStart(5, '0')}Z` as unknown as Date // client-node's types say Date
}
