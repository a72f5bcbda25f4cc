/** One line of a watch as the server sends it, turned into an event of the watcher. */
import type { V1Status } from '@kubernetes/client-node'
import { retryAfterMillisOf } from './error.ts'
import type { KubeObject } from './object.ts'
import type { WatcherEvent } from './watcher.ts'

interface WatchLine<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: T
}

/** KEP-3157: the bookmark that ends the initial events. */
const initialEventsEnd = 'k8s.io/initial-events-end'

/** Throws for what is not JSON. */
export function parseWatchLine<T extends KubeObject>(line: string): WatcherEvent<T> {
  const { type, object } = JSON.parse(line) as WatchLine<T>
  const resourceVersion = object.metadata?.resourceVersion ?? ''
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'changed', object, resourceVersion }
    case 'DELETED':
      return { kind: 'deleted', object, resourceVersion }
    case 'BOOKMARK': {
      const end = object.metadata?.annotations?.[initialEventsEnd] === 'true'
      return { kind: 'bookmark', resourceVersion, initialEventsEnd: end }
    }
    case 'ERROR':
      return { kind: 'failed', failure: failureOf(object as V1Status) }
    default:
      throw new SyntaxError(`unknown watch event ${type satisfies never}`)
  }
}

function failureOf(status: V1Status): { status: number; retryAfterMillis: number | undefined; message: string } {
  return {
    status: status.code ?? 500,
    retryAfterMillis: retryAfterMillisOf(status),
    message: status.message ?? 'ERROR event',
  }
}
