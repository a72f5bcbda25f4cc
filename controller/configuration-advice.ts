import { parseConfig } from '../config/parse.ts'
import type { BgpBackend } from '../config/rules.ts'
import { storedObjects } from '../config/stored-objects.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { type AdvisedStores, findObject } from './advised-objects.ts'
import { isOtherLabels, isOtherSpec } from './relevant-change.ts'

export interface AdviceOptions {
  readonly namespace: string
  readonly backend: BgpBackend
  /** They have seen everything once. */
  readonly stores: AdvisedStores
  readonly events: Pick<EventRecorder, 'emit'>
}

/**
 * Tells each object of the configuration, for whichever component it is, what is wrong with it, by one event: a hundred
 * speakers that find the same fault should not send a hundred. Nothing is decided by it. Returns the way to end it.
 */
export function startAdvice({ namespace, backend, stores, events }: AdviceOptions): () => void {
  let told: ReadonlySet<string> = new Set()
  let scheduled: NodeJS.Immediate | undefined

  function look(): void {
    scheduled = undefined
    const findings = findingsOf(parseConfig(storedObjects(stores), { backend, secretPassthrough: true }))
    const telling = new Set<string>()
    for (const { reason, kind, name, message } of findings) {
      const object = findObject(stores, kind, `${namespace}/${name}`)
      if (object === undefined) continue
      const identity = `${object.metadata?.uid} ${message}`
      telling.add(identity)
      if (!told.has(identity)) events.emit(object, { type: 'Warning', reason, message })
    }
    told = telling
  }

  look()
  const subscriptions = (Object.entries(stores) as [keyof AdvisedStores, Store<KubeObject>][]).map(([name, store]) =>
    store.subscribe((change) => {
      // Changes that arrive together are looked at together.
      if (name === 'extras' || isOtherSpec(change) || isOtherLabels(change)) scheduled ??= setImmediate(look)
    }),
  )
  return () => {
    clearImmediate(scheduled)
    for (const unsubscribe of subscriptions) unsubscribe()
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
