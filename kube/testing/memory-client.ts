/** A client whose server is a map: objects by resource and key, with optimistic locking. */
import type { CallLimits, KubeClient } from '../client.ts'
import { ApiError } from '../error.ts'
import { type KubeObject, keyOf } from '../object.ts'
import type { Resource } from '../resource.ts'

type Merge = Record<string, unknown>

export class MemoryClient implements Pick<KubeClient, 'get' | 'create' | 'update' | 'patch'> {
  readonly objects = new Map<string, KubeObject>()
  /** Every call that arrived: "create leases kube/a". */
  readonly calls: string[] = []
  /** Called before each call; throw from it, or let it wait. */
  before: (call: string) => void | Promise<void> = () => {}
  #version = 0

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
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    this.objects.set(key, stored)
    return structuredClone(stored)
  }
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
