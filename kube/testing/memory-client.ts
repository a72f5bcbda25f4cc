/** A client whose server is a map: objects by resource and key, with optimistic locking. */
import type { CallLimits, KubeClient } from '../client.ts'
import { ApiError } from '../error.ts'
import { type KubeObject, keyOf } from '../object.ts'
import type { Resource } from '../resource.ts'
import type { LineOptions, Transport } from '../transport.ts'

type Merge = Record<string, unknown>

interface Watcher {
  plural: string
  name: string | undefined
  tell(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubeObject): void
}

export class MemoryClient implements Pick<KubeClient, 'get' | 'create' | 'update' | 'patch' | 'transport'> {
  readonly objects = new Map<string, KubeObject>()
  /** Every call that arrived: "create leases kube/a". */
  readonly calls: string[] = []
  /** Called before each call; throw from it, or let it wait. */
  before: (call: string) => void | Promise<void> = () => {}
  /** Watches of one kind, of all its objects or of one by name. Nothing else goes this way. */
  readonly transport: Transport = {
    send: () => Promise.reject(new Error('told to')),
    sendForLines: ({ path }, options) => this.#watch(new URL(path, 'http://memory'), options),
    close: () => {},
  }
  readonly #watchers = new Set<Watcher>()
  #version = 0

  /** As somebody else does it. */
  remove(key: string): void {
    const object = this.objects.get(key)
    if (!this.objects.delete(key)) return
    this.#version += 1
    this.#tell('DELETED', key, withVersion(object!, this.#version))
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    ref: { namespace?: string; name: string },
    limits?: CallLimits,
  ): Promise<T> {
    const key = await this.#arrive('get', resource, { metadata: ref }, limits)
    return structuredClone(this.#found(key)) as T
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, limits?: CallLimits): Promise<T> {
    const key = await this.#arrive('create', resource, object, limits)
    if (this.objects.has(key)) throw refusal(409, 'AlreadyExists')
    return this.#write(key, object)
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, limits?: CallLimits): Promise<T> {
    const key = await this.#arrive('update', resource, object, limits)
    const version = this.#found(key).metadata?.resourceVersion
    if (object.metadata?.resourceVersion !== version) throw refusal(409, 'Conflict')
    return this.#write(key, object)
  }

  /** Merge patches, one level deep. */
  async patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: { namespace?: string; name: string },
    { body, ...limits }: { body: unknown } & CallLimits,
  ): Promise<T> {
    const key = await this.#arrive('patch', resource, { metadata: ref }, limits)
    return this.#write(key, { ...this.#found(key), ...(body as Merge) } as T)
  }

  async #arrive(
    verb: string,
    resource: Resource<KubeObject>,
    object: KubeObject,
    { signal }: CallLimits = {},
  ): Promise<string> {
    const key = `${resource.plural} ${keyOf(object)}`
    this.calls.push(`${verb} ${key}`)
    await unlessAborted(this.before(`${verb} ${key}`), signal)
    return key
  }

  #found(key: string): KubeObject {
    const object = this.objects.get(key)
    if (!object) throw refusal(404, 'NotFound')
    return object
  }

  #write<T extends KubeObject>(key: string, object: T): T {
    this.#version += 1
    const stored = withVersion(object, this.#version)
    const type = this.objects.has(key) ? 'MODIFIED' : 'ADDED'
    this.objects.set(key, stored)
    this.#tell(type, key, stored)
    return structuredClone(stored)
  }

  #tell(type: 'ADDED' | 'MODIFIED' | 'DELETED', key: string, object: KubeObject): void {
    for (const watcher of this.#watchers) {
      const isMeant =
        key.startsWith(`${watcher.plural} `) && (watcher.name ?? object.metadata?.name) === object.metadata?.name
      if (isMeant) watcher.tell(type, object)
    }
  }

  #watch({ pathname, searchParams }: URL, { onLine, signal }: LineOptions): Promise<void> {
    const watcher: Watcher = {
      plural: pathname.split('/').at(-1)!,
      name: searchParams.get('fieldSelector')?.replace('metadata.name=', ''),
      tell: (type, object) => {
        const line = JSON.stringify({ type, object })
        queueMicrotask(() => this.#watchers.has(watcher) && onLine(line))
      },
    }
    this.#watchers.add(watcher)
    for (const [key, object] of this.objects) if (key.startsWith(`${watcher.plural} `)) watcher.tell('ADDED', object)
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    watcher.tell('BOOKMARK', { metadata: { resourceVersion: String(this.#version), annotations } })
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        this.#watchers.delete(watcher)
        resolve()
      }),
    )
  }
}

function withVersion<T extends KubeObject>(object: T, version: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
}

function unlessAborted(done: void | Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new ApiError('told to', { status: 0, reason: '', code: 'aborted' }))
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    Promise.resolve(done).then(resolve, reject)
  })
}

function refusal(status: number, reason: string): ApiError {
  return new ApiError('told to', { status, reason, code: 'refused' })
}
