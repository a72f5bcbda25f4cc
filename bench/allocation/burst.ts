import type { V1Service } from '@kubernetes/client-node'
import type { KubeClient } from '../../kube/client.ts'
import { events, services } from '../../kube/core.ts'
import { createRequest, patchRequest } from '../../kube/request.ts'
import { allocation, allocationEvent, namespace, service } from './objects.ts'
import type { Site } from './site.ts'

export interface Burst {
  /** From the first create to the last address. */
  seconds: number
  /** The time for the last thousand addresses, in that for the first thousand. */
  tailRatio: number
}

export const burstServices = 10_000
const writers = 12
const edge = 1_000
const longestMillis = 900_000

export const burstName = (index: number): string => `burst-${index}`

/** @param finish what the writer does about each Service that it has created, before it goes on to the next */
export async function burst(
  { client, addresses }: Site,
  finish: (client: KubeClient, index: number, created: string) => Promise<void>,
): Promise<Burst> {
  const before = addresses.arrivals.length
  const started = performance.now()
  const indexes = Array.from({ length: burstServices }, (_, index) => index).values()
  const write = async () => {
    for (const index of indexes) {
      const created = await client.transport.send(createRequest(services, service(burstName(index))))
      await finish(client, index, created)
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  const all = () => addresses.arrivals.length - before >= burstServices
  await addresses.until(`${burstServices} addresses`, all, longestMillis)
  const at = (count: number) => addresses.arrivals[before + count - 1]!
  return {
    seconds: (at(burstServices) - started) / 1000,
    tailRatio: (at(burstServices) - at(burstServices - edge)) / (at(edge) - started),
  }
}

/** For a burst beside an allocator. */
export async function leaveToAllocator(): Promise<void> {}

/** For the burst without one: the same writes that it would make. */
export async function allocateOurselves({ transport }: KubeClient, index: number, created: string): Promise<void> {
  const { metadata } = JSON.parse(created) as V1Service
  const { name = '', uid = '', resourceVersion = '' } = metadata ?? {}
  const ip = `10.200.${(index + 1) >> 8}.${(index + 1) & 255}`
  const body = allocation(ip, resourceVersion)
  await transport.send(patchRequest(services, { namespace, name }, { type: 'strategic', body, subresource: 'status' }))
  await transport.send(createRequest(events, allocationEvent(name, uid, ip)))
}
