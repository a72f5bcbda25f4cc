// What is measured of an allocator one step at a time, most of it where it has 10,000 Services.
import { setTimeout as pause } from 'node:timers/promises'
import { ipAddressPools } from '../../crds/generated/resources.ts'
import { namespace as metallbNamespace } from '../../hack/lab/metallb.ts'
import { services } from '../../kube/core.ts'
import { createRequest } from '../../kube/request.ts'
import type { ForeignAllocator } from '../options.ts'
import { type Allocator, startAllocator } from './allocator.ts'
import { burstName, burstServices } from './burst.ts'
import { namespace, pool, service } from './objects.ts'
import { quiet, writesDone } from './server.ts'
import type { Site } from './site.ts'

/** From the request that creates a Service to its address, one after the other. */
export async function idleLatencies(site: Site, count: number): Promise<number[]> {
  const latencies: number[] = []
  for (let index = 0; index < count; index++) {
    const started = performance.now()
    await serve(site, `idle-${index}`)
    latencies.push(site.addresses.arrivals.at(-1)! - started)
    await pause(betweenMillis)
  }
  return latencies
}
const betweenMillis = 20

async function serve({ client, addresses }: Site, name: string, pool?: string): Promise<void> {
  await client.transport.send(createRequest(services, service(name, pool)))
  await addresses.until(`${name} has an address`, () => addresses.addressOf(name) !== undefined)
}

export async function startReady(site: Site, foreign: ForeignAllocator | undefined): Promise<Allocator> {
  const allocator = await startAllocator(site, foreign)
  await (allocator.ready?.() ?? serve(site, `ready-${performance.now().toFixed()}`))
  return allocator
}

/** CPU of the allocator per deletion, one after the other, without what it spends anyway in the same time. */
export async function deletionMillis(site: Site, allocator: Allocator): Promise<number> {
  await quiet(site)
  const idle = await spentOn(allocator, async () => {})
  const spent = await spentOn(allocator, (turn) => deleteOne(site, burstName(turn * 47)))
  return (spent - idle) / deletions
}
const deletions = 200

async function spentOn(allocator: Allocator, work: (turn: number) => Promise<void>): Promise<number> {
  const before = allocator.cpuMillis()
  for (let turn = 0; turn < deletions; turn++) {
    await work(turn)
    await pause(betweenMillis)
  }
  await pause(afterwardsMillis)
  return allocator.cpuMillis() - before
}
/** For what an allocator does afterwards: events, the counters of the pool. */
const afterwardsMillis = 1_000

async function deleteOne({ client, addresses }: Site, name: string): Promise<void> {
  await client.delete(services, { namespace, name })
  await addresses.until(`${name} is gone`, () => addresses.addressOf(name) === undefined)
}

/** How often the allocator looks at a Service when one of 100 pools, which serves ten Services, gets other addresses. */
export async function passesOfPoolEdit(site: Site, allocator: Allocator): Promise<number> {
  const { client, addresses } = site
  const names = Array.from({ length: 10 }, (_, index) => `pool-${index}`)
  const extra = (index: number, half: number) =>
    pool(`extra-${index}`, `10.201.${index}.${half * 16}/28`, { autoAssign: false })
  for (let index = 1; index < pools; index++) await client.create(ipAddressPools, extra(index, 0))
  for (const name of names) await serve(site, name, 'extra-50')
  await quiet(site)
  const before = await allocator.passes()
  const { spec } = extra(50, 1)
  await client.patch(
    ipAddressPools,
    { namespace: metallbNamespace, name: 'extra-50' },
    { type: 'merge', body: { spec } },
  )
  const isMoved = (name: string) => Number(addresses.addressOf(name)?.split('.')[3]) >= 16
  await addresses.until('the Services of the pool have moved', () => names.every(isMoved))
  await quiet(site)
  return (await allocator.passes()) - before
}
const pools = 100

export interface Restart {
  /** From the start of the process until it says that it is ready. */
  seconds: number
  /** What it changed at the API server until it was quiet. */
  writes: number
}

export async function restart(
  site: Site,
  foreign: ForeignAllocator | undefined,
): Promise<Restart & { allocator: Allocator }> {
  const held = heldAddresses(site)
  const before = await writesDone(site)
  const started = performance.now()
  const allocator = await startReady(site, foreign)
  const seconds = (performance.now() - started) / 1000
  await quiet(site)
  if (heldAddresses(site) !== held) throw new Error('a restart has changed addresses')
  return { seconds, writes: (await writesDone(site)) - before, allocator }
}

const heldAddresses = ({ addresses }: Site): string =>
  Array.from({ length: burstServices }, (_, index) => addresses.addressOf(burstName(index))).join()
