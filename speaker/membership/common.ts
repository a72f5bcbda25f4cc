import type { Constants } from './constants.ts'
import type { Hearing } from './hearing.ts'
import type { MemberRecord } from './member-record.ts'
import type { Stamp } from './message.ts'
import type { Outbox } from './outbox.ts'
import type { View } from './view.ts'

/** What all parts of the machine share. */
export interface Common {
  readonly constants: Constants
  readonly view: View
  readonly hearing: Hearing
  readonly outbox: Outbox
}

export function stampOf({ incarnation, phase }: MemberRecord): Stamp {
  return { incarnation, phase }
}
