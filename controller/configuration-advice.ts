import { parseConfig } from '../config/parse.ts'
import type { BgpBackend } from '../config/rules.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import type { Store } from '../kube/store.ts'
import {
  type AdviceWatches,
  type AllocationWatches,
  findObject,
  openAdviceWatches,
  readObjects,
} from './advised-objects.ts'
import { isOtherLabels, isOtherSpec } from './relevant-change.ts'
import type { WatchOptions } from './watches.ts'

export interface AdviceOptions extends WatchOptions {
  readonly backend: BgpBackend
  /** They have seen everything once. */
  readonly watches: AllocationWatches
  readonly events: Pick<EventRecorder, 'emit'>
}

export interface Advice {
  stop(): Promise<void>
}

/**
 * Tells each object of the configuration, for whichever component it is, what is wrong with it, by one event: a hundred
 * speakers that find the same fault should not send a hundred. Nothing is decided by it.
 */
export function startAdvice(options: AdviceOptions): Advice {
  const { namespace, backend, events } = options
  const { pools, communities, namespaces, nodes } = options.watches // not its Services, which come by the thousand
  const opened = openAdviceWatches(options)
  const watches = { ...opened, pools, communities, namespaces, nodes }
  const stopping = new AbortController()
  const subscriptions: (() => void)[] = []
  let told: ReadonlySet<string> = new Set()
  let scheduled: NodeJS.Immediate | undefined

  function look(): void {
    scheduled = undefined
    const findings = findingsOf(parseConfig(readObjects(watches), { backend, secretPassthrough: true }))
    const telling = new Set<string>()
    for (const { reason, kind, name, message } of findings) {
      const object = findObject(watches, kind, `${namespace}/${name}`)
      if (object === undefined) continue
      const identity = `${object.metadata?.uid} ${message}`
      telling.add(identity)
      if (!told.has(identity)) events.emit(object, { type: 'Warning', reason, message })
    }
    told = telling
  }
  function follow(): void {
    for (const [name, { store }] of Object.entries(watches) as [keyof AdviceWatches, { store: Store<KubeObject> }][]) {
      const subscription = store.subscribe((change) => {
        // Changes that arrive together are looked at together.
        if (name === 'extras' || isOtherSpec(change) || isOtherLabels(change)) scheduled ??= setImmediate(look)
      })
      subscriptions.push(subscription)
    }
  }

  const started = startReflectors(opened, stopping.signal).then(() => {
    follow()
    look()
  })
  started.catch(() => {}) // stopped before they had seen everything
  return {
    async stop() {
      stopping.abort()
      clearImmediate(scheduled)
      for (const unsubscribe of subscriptions) unsubscribe()
      await stopReflectors(opened)
    },
  }
}

const reasons = { errors: 'ConfigurationError', warnings: 'ConfigurationWarning' } as const

function findingsOf(result: ReturnType<typeof parseConfig>) {
  const errors = result.ok ? [] : result.errors
  return [
    ...errors.map(({ kind, name, message }) => ({ reason: reasons.errors, kind, name, message })),
    ...result.warnings.map(({ kind, name, message }) => ({ reason: reasons.warnings, kind, name, message })),
  ]
}
