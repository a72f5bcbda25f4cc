import type { Verdict } from '../config/config-keeper.ts'
import { joinMessages } from '../config/joined-messages.ts'
import type { Statement } from './condition.ts'

/** What the condition `Valid` of a pool says. */
export type Validity = Statement

type FaultsOfAll = Pick<Verdict, 'errors' | 'loaded'>

/**
 * Whether the pool is right. A fault of another object is not its own; but as the configuration is accepted or refused
 * as a whole, it can keep the pool from being used as it is written, and that is said too.
 *
 * `isInForce`: as it is written now.
 */
export function validityOf(pool: string, { errors, loaded }: FaultsOfAll, isInForce: boolean): Validity {
  const own = errors.filter(({ kind, name }) => kind === 'IPAddressPool' && name === pool)
  if (own.length > 0) {
    return { status: 'False', reason: 'ConfigurationError', message: joinMessages(own.map(({ message }) => message)) }
  }
  if (errors.length === 0 || isInForce) return { status: 'True', reason: 'Valid', message: 'in force as written' }
  return { status: 'True', reason: 'NotInForce', message: notInForce(loaded) }
}

function notInForce(isOlderInForce: boolean): string {
  const meanwhile = isOlderInForce
    ? 'the last valid configuration stays in force until it is mended'
    : 'there has been no valid configuration yet: no addresses are given out until it is mended'
  return (
    `valid by itself, but not in force as written: another object is invalid, and ${meanwhile}. ` +
    'It is named in the ConfigurationState "controller" of this namespace'
  )
}
