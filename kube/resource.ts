/** A typed descriptor of an API resource: where it lives, and (for the compiler only) what its objects look like. */
import type { KubeObject } from './object.ts'

export interface Resource<T extends KubeObject> {
  /** Empty for the core group. */
  group: string
  version: string
  /** Lower-case plural, as it stands in the URL. */
  plural: string
  kind: string
  namespaced: boolean
  /** Never set; it carries T. */
  readonly type?: T
}

export function defineResource<T extends KubeObject>(resource: Omit<Resource<T>, 'type'>): Resource<T> {
  return resource
}

export function apiVersionOf(resource: Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}
