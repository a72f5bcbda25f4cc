import type { KubeClient } from '../../kube/client.ts'
import { services } from '../../kube/core.ts'
import { watchRequest } from '../../kube/request.ts'
import { namespace } from './objects.ts'

/** When each Service first had an address, and which it has. */
export interface AddressWatch {
  /** Times of `performance.now()`, in the order in which the addresses came. */
  readonly arrivals: readonly number[]
  addressOf(name: string): string | undefined
  /** Resolves as soon as the condition holds; it is asked after every change of a Service. */
  until(what: string, condition: () => boolean, timeoutMillis?: number): Promise<void>
  close(): Promise<void>
}

const longestMillis = 30_000
const nameField = /"metadata":\{"name":"([^"]+)"/
const ingressField = /"loadBalancer":\{"ingress":\[\{"ip":"([^"]+)"/

/** Reads the text of the lines only: 20,000 objects as JSON would take the processor from those who are measured. */
export async function watchAddresses({ list, transport }: KubeClient): Promise<AddressWatch> {
  const { resourceVersion } = await list(services, { namespace })
  const closing = new AbortController()
  const arrivals: number[] = []
  const addresses = new Map<string, string>()
  const waiting = new Set<() => void>()

  function onLine(line: string): void {
    const [, name = ''] = nameField.exec(line) ?? []
    const [, address] = ingressField.exec(line) ?? []
    if (address === undefined || line.startsWith('{"type":"DELETED"')) addresses.delete(name)
    else {
      if (!addresses.has(name)) arrivals.push(performance.now())
      addresses.set(name, address)
    }
    for (const ask of waiting) ask()
  }

  const request = watchRequest(services, { namespace }, { resourceVersion, timeoutSeconds: 3_600 })
  const ended = transport.sendForLines(request, { signal: closing.signal, onLine }).catch((error: unknown) => {
    if (!closing.signal.aborted) throw error
  })
  return {
    arrivals,
    addressOf: (name) => addresses.get(name),
    async until(what, condition, timeoutMillis = longestMillis) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const late = () => reject(new Error(`waited ${timeoutMillis} ms in vain for: ${what}`))
      const timer = setTimeout(late, timeoutMillis)
      const ask = () => condition() && resolve()
      waiting.add(ask)
      ask()
      const over = ended.then(() => reject(new Error(`the watch of the Services ended before: ${what}`)), reject)
      await Promise.race([promise, over]).finally(() => {
        clearTimeout(timer)
        waiting.delete(ask)
      })
      return promise
    },
    async close() {
      closing.abort()
      await ended
    },
  }
}
