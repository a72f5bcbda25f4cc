/**
 * What every Kubernetes object has, and how one is named.
 *
 * The types are client-node's, and they promise `Date` for timestamps. Objects here are the server's JSON as it came:
 * a timestamp is an RFC 3339 string at run time. Wrap it (`new Date(value)`), which is right for both.
 */
import type { V1ObjectMeta } from '@kubernetes/client-node'

export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
}

/** Names one object of a known resource; cluster-scoped objects have no namespace. */
export interface ObjectRef {
  namespace?: string
  name: string
}

/** "namespace/name", or "name" for a cluster-scoped object. */
export function keyOf(object: KubeObject): string {
  const name = object.metadata?.name ?? ''
  const namespace = object.metadata?.namespace
  return namespace ? keyFrom(namespace, name) : name
}

/** In one piece: the string that a template makes goes on holding its parts, for each of thousands of objects. */
export function keyFrom(namespace: string, name: string): string {
  return [namespace, name].join('/')
}

export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
