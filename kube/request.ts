/** Requests to the API server as plain data, built without a server in sight. */
import type { KubeObject, ObjectRef } from './object.ts'
import { apiVersionOf, type Resource } from './resource.ts'

export interface ApiRequest {
  /** The step in words, for errors: "get services web/frontend". */
  what: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With the query. */
  path: string
  body?: string
  contentType?: string
}

export interface Selection {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

export type Subresource = 'status' | 'scale'

export interface PatchOptions {
  type: 'json' | 'merge' | 'strategic'
  body: unknown
  subresource?: Subresource
  fieldManager?: string
}

export interface ApplyOptions {
  fieldManager: string
  /** Take fields over from other managers. */
  force?: boolean
  subresource?: Subresource
}

export interface DeleteOptions {
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  /** Delete only the object with this uid, not one of the same name made since. */
  uid?: string
  /** Delete the object only as it was in this version. */
  resourceVersion?: string
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
} as const

type AnyResource = Resource<KubeObject>
type Query = Record<string, string | number | boolean | undefined>

export function getRequest(resource: AnyResource, ref: ObjectRef): ApiRequest {
  return { what: describe('get', resource, ref), method: 'GET', path: objectPath(resource, ref) }
}

/** One page of a consistent list. */
export function listRequest(
  resource: AnyResource,
  selection: Selection,
  page: { limit?: number; token?: string },
): ApiRequest {
  const query = { ...selectors(selection), limit: page.limit, continue: page.token }
  const path = withQuery(collectionPath(resource, selection.namespace), query)
  return { what: describe('list', resource, selection), method: 'GET', path }
}

export interface WatchStart {
  /** Undefined: first the objects as they are (`sendInitialEvents`), then the changes. */
  resourceVersion: string | undefined
  timeoutSeconds: number
}

export function watchRequest(resource: AnyResource, selection: Selection, start: WatchStart): ApiRequest {
  const from: Query =
    start.resourceVersion === undefined
      ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: start.resourceVersion }
  const query = {
    watch: 1,
    allowWatchBookmarks: true,
    timeoutSeconds: start.timeoutSeconds,
    ...from,
    ...selectors(selection),
  }
  const path = withQuery(collectionPath(resource, selection.namespace), query)
  return { what: describe('watch', resource, selection), method: 'GET', path }
}

export function createRequest(resource: AnyResource, object: KubeObject): ApiRequest {
  const ref = refTo(object)
  const path = collectionPath(resource, ref.namespace)
  return withJson({ what: describe('create', resource, ref), method: 'POST', path }, named(resource, object))
}

export function updateRequest(resource: AnyResource, object: KubeObject, subresource?: Subresource): ApiRequest {
  const ref = refTo(object)
  const path = objectPath(resource, ref, subresource)
  return withJson({ what: describe('update', resource, ref), method: 'PUT', path }, named(resource, object))
}

/** Server-side apply. */
export function applyRequest(resource: AnyResource, object: KubeObject, options: ApplyOptions): ApiRequest {
  const ref = refTo(object)
  const query = { fieldManager: options.fieldManager, force: options.force }
  const path = withQuery(objectPath(resource, ref, options.subresource), query)
  const request = { what: describe('apply', resource, ref), method: 'PATCH', path } as const
  return withJson(request, named(resource, object), patchTypes.apply)
}

export function patchRequest(resource: AnyResource, ref: ObjectRef, options: PatchOptions): ApiRequest {
  const path = withQuery(objectPath(resource, ref, options.subresource), { fieldManager: options.fieldManager })
  return withJson(
    { what: describe('patch', resource, ref), method: 'PATCH', path },
    options.body,
    patchTypes[options.type],
  )
}

export function deleteRequest(resource: AnyResource, ref: ObjectRef, options: DeleteOptions): ApiRequest {
  const { propagationPolicy, uid, resourceVersion } = options
  const isAny = uid === undefined && resourceVersion === undefined
  const body = { propagationPolicy, preconditions: isAny ? undefined : { uid, resourceVersion } }
  return withJson({ what: describe('delete', resource, ref), method: 'DELETE', path: objectPath(resource, ref) }, body)
}

function describe(verb: string, resource: AnyResource, at: { namespace?: string; name?: string }): string {
  const name = [at.namespace, at.name].filter(Boolean).join('/')
  return name === '' ? `${verb} ${resource.plural}` : `${verb} ${resource.plural} ${name}`
}

function collectionPath({ group, version, plural, namespaced }: AnyResource, namespace: string | undefined): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespaced && namespace ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`
}

function objectPath(resource: AnyResource, ref: ObjectRef, subresource?: Subresource): string {
  if (ref.name === '') throw new TypeError(`${resource.plural}: an object needs a name`)
  if (resource.namespaced && !ref.namespace)
    throw new TypeError(`${resource.plural} ${ref.name}: a namespace is needed`)
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`
  return subresource ? `${path}/${subresource}` : path
}

function refTo(object: KubeObject): ObjectRef {
  const { namespace, name = '' } = object.metadata ?? {}
  return namespace === undefined ? { name } : { namespace, name }
}

/** Items of a list carry neither apiVersion nor kind; a body must. managedFields are the server's to write. */
function named(resource: AnyResource, object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata }
}

function selectors({ labelSelector, fieldSelector }: Selection): Query {
  return { labelSelector, fieldSelector }
}

function withJson(request: ApiRequest, body: unknown, contentType = 'application/json'): ApiRequest {
  return { ...request, body: JSON.stringify(body), contentType }
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value))
  return search.size === 0 ? path : `${path}?${search}`
}
