import { expect } from 'chai'
import { Allocator } from '../allocator.ts'
import type { AllocatedReason } from '../reasons.ts'
import type { RefusalReason } from '../refusal.ts'
import { dualStack, holdingOf, pools, request, type ServiceText } from './requests.ts'

/** One pass over the Service `default/web`, as a sentence that completes the title of its group. */
export interface Row {
  readonly it: string
  readonly pools: Parameters<typeof pools>[0]
  /** Services that come first, each new. */
  readonly others?: readonly ServiceText[]
  readonly service: ServiceText
  /** Pool and addresses afterwards. */
  readonly holds?: string
  readonly refusal?: RefusalReason
  readonly events?: readonly string[]
  /** Of the condition; without it `Allocated` for whoever holds something, else the refusal. */
  readonly reason?: AllocatedReason
  /** Part of the condition's message. */
  readonly says?: string
}

export const wants = (addresses: string) => ({ 'metallb.io/loadBalancerIPs': addresses })
export const wantsPool = (pool: string) => ({ 'metallb.io/address-pool': pool })
export const shares = (key: string) => ({ 'metallb.io/allow-shared-ip': key })
export const prefersDual = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' }
export const requiresDual = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' }
export const blue = { blue: ['192.0.2.0/30'] }
export const dual = { dual: ['192.0.2.0/30', '2001:db8::/126'] }
export const two = { ...blue, dual: { addresses: ['198.51.100.0/30', '2001:db8::/126'], autoAssign: false } }

/** A test for each row; call it within `describe`. */
export function checkRows(groups: Readonly<Record<string, readonly Row[]>>): void {
  for (const [step, rows] of Object.entries(groups)) {
    describe(step, () => {
      for (const row of rows) it(row.it, () => check(row))
    })
  }
}

function check(row: Row): void {
  const allocator = new Allocator()
  allocator.setPools(pools(row.pools))
  for (const other of row.others ?? []) allocator.decide(request(other))
  const { refusal, events, condition } = allocator.decide(request(row.service))
  expect(holdingOf(allocator, 'default/web')).to.equal(row.holds)
  expect(refusal?.reason, refusal?.message).to.equal(row.refusal)
  expect(events.map(({ reason }) => reason)).to.deep.equal(row.events ?? [])
  if (row.reason !== undefined) expect(condition?.reason, condition?.message).to.equal(row.reason)
  if (row.says !== undefined) expect(condition?.message).to.include(row.says)
}
