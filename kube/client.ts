/** The verbs of the Kubernetes API over a transport, and the way to the API server that this process should talk to. */
import { existsSync } from 'node:fs'
import { ApiError, isNotFound } from './error.ts'
import { inCluster, inClusterToken } from './in-cluster.ts'
import { fromKubeconfig } from './kubeconfig.ts'
import type { Log } from './log.ts'
import type { KubeObject, ObjectRef } from './object.ts'
import {
  type ApiRequest,
  type ApplyOptions,
  applyRequest,
  createRequest,
  type DeleteOptions,
  deleteRequest,
  getRequest,
  listRequest,
  type PatchOptions,
  patchRequest,
  type Selection,
  type Subresource,
  updateRequest,
} from './request.ts'
import type { Resource } from './resource.ts'
import { createTransport, type Endpoint, type SendOptions, type Transport } from './transport.ts'

export { ApiError, isAlreadyExists, isConflict, isNotFound } from './error.ts'

/** How long a call may go on, its further attempts included (default: 30 s, until the client is closed), and how it waits. */
export type CallLimits = Pick<SendOptions, 'signal' | 'timeoutMillis' | 'urgent'>

export interface ListOptions extends Selection, CallLimits {
  /** Objects per page. Default 500. */
  pageSize?: number
}

export interface ObjectList<T> {
  items: T[]
  resourceVersion: string
}

export interface UpdateOptions {
  subresource?: Subresource
}

export interface KubeClient {
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, limits?: CallLimits): Promise<T>
  /** The whole list, read page by page from one consistent snapshot; the time limit is for each page. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ObjectList<T>>
  /** An answer may be lost after the object was made: AlreadyExists can mean that an earlier attempt made it. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, limits?: CallLimits): Promise<T>
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: UpdateOptions & CallLimits): Promise<T>
  /** Server-side apply. */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions & CallLimits): Promise<T>
  patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options: PatchOptions & CallLimits): Promise<T>
  /** Resolves also when there is no such object. */
  delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options?: DeleteOptions & CallLimits,
  ): Promise<void>
  readonly transport: Transport
  close(): Promise<void>
}

const defaultPageSize = 500

export function createClient(transport: Transport): KubeClient {
  const send = async <T>(request: ApiRequest, limits: CallLimits | undefined): Promise<T> =>
    parsed<T>(request, await transport.send(request, limits))
  return {
    transport,
    get: (resource, ref, limits) => send(getRequest(resource, ref), limits),
    list: (resource, options) => listPages(transport, resource, options ?? {}),
    create: (resource, object, limits) => send(createRequest(resource, object), limits),
    update: (resource, object, options) => send(updateRequest(resource, object, options?.subresource), options),
    apply: (resource, object, options) => send(applyRequest(resource, object, options), options),
    patch: (resource, ref, options) => send(patchRequest(resource, ref, options), options),
    async delete(resource, ref, options = {}) {
      await transport.send(deleteRequest(resource, ref, options), options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    },
    async close() {
      transport.close()
    },
  }
}

function parsed<T>({ what }: ApiRequest, body: string): T {
  try {
    return JSON.parse(body) as T
  } catch (cause) {
    throw new ApiError(`${what}: not JSON`, { status: 0, reason: '', code: 'malformed', cause })
  }
}

/** The body of a list. */
export interface ListPage<T> {
  metadata: { resourceVersion: string; continue?: string }
  items: T[] | null
}

async function listPages<T extends KubeObject>(
  transport: Transport,
  resource: Resource<T>,
  { pageSize = defaultPageSize, ...options }: ListOptions,
): Promise<ObjectList<T>> {
  const items: T[] = []
  let token: string | undefined
  for (;;) {
    const request = listRequest(resource, options, { limit: pageSize, ...(token === undefined ? {} : { token }) })
    const page = parsed<ListPage<T>>(request, await transport.send(request, options))
    for (const item of page.items ?? []) items.push(item)
    token = page.metadata.continue || undefined
    if (token === undefined) return { items, resourceVersion: page.metadata.resourceVersion }
  }
}

export interface ConnectOptions {
  log: Log
  userAgent?: string
}

/** Where kubectl would go: $KUBECONFIG, else the cluster this process runs in, else ~/.kube/config. */
export async function connect({ log, userAgent }: ConnectOptions): Promise<KubeClient> {
  const endpoint = await findEndpoint(process.env)
  log.debug({ server: endpoint.url.href }, 'connecting to the API server')
  return createClient(createTransport(endpoint, userAgent === undefined ? {} : { userAgent }))
}

async function findEndpoint(env: NodeJS.ProcessEnv): Promise<Endpoint> {
  return existsSync(inClusterToken) && !env['KUBECONFIG'] ? inCluster(env) : fromKubeconfig()
}
