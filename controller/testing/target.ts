import type { ApiRequest } from '../../kube/request.ts'

/** What a request is about. */
export interface Target {
  readonly plural: string
  /** Undefined for the collection. */
  readonly key: string | undefined
  readonly isStatus: boolean
  readonly query: URLSearchParams
}

/** `/api/v1/namespaces/NS/PLURAL/NAME/status?...`, with or without the namespace and the ends. */
export function targetOf({ path }: Pick<ApiRequest, 'path'>): Target {
  const { pathname, searchParams: query } = new URL(path, 'http://server')
  const parts = pathname.split('/').slice(1)
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3)
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2
  const [plural = '', name, subresource] = isNamespaced ? rest.slice(2) : rest
  const key = name === undefined || !isNamespaced ? name : `${rest[1]}/${name}`
  return { plural, key, isStatus: subresource === 'status', query }
}
