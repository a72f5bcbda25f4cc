import { formatHolder } from '../../allocation/obstruction.ts'
import type { Stranger } from '../../allocation/stranger.ts'
import type { ReservationResult } from '../../config/reservation.ts'
import { formatAddress } from '../../net/address.ts'
import type { Statement } from '../condition.ts'
import { formatTime } from './written-reservation.ts'

/** What the condition `Active` says. */
export type Activity = Statement

/** The limit of the condition's schema. */
const longestMessage = 32_768
const strangersNamed = 5

export function activityOf(result: ReservationResult, isOver: boolean, strangers: readonly Stranger[]): Activity {
  if (!result.ok) {
    const message = result.errors.map((error) => error.message).join('\n')
    return { status: 'False', reason: 'InvalidSpec', message: message.slice(0, longestMessage) }
  }
  const { holder, expiresAtMillis } = result.reservation
  const end = expiresAtMillis === undefined ? '' : formatTime(expiresAtMillis)
  if (isOver) return { status: 'False', reason: 'Expired', message: `ended at ${end}: nothing is kept any more` }
  const whom = formatHolder(holder)
  if (strangers.length > 0) {
    const then = `A Service keeps what it has; what is released is kept for ${whom}, as the rest is already`
    return { status: 'False', reason: 'InUseByOther', message: `held by others: ${listed(strangers)}. ${then}` }
  }
  return { status: 'True', reason: 'Reserved', message: `kept for ${whom}${end && ` until ${end}`}` }
}

function listed(strangers: readonly Stranger[]): string {
  const named = strangers
    .slice(0, strangersNamed)
    .map(({ address, service }) => `${formatAddress(address)} by ${service}`)
  const more = strangers.length > strangersNamed ? ` and ${strangers.length - strangersNamed} more` : ''
  return `${named.join(', ')}${more}`
}
