import type { Community } from '../crds/generated/types.ts'
import { type BgpCommunity, looksLikeCommunity, parseCommunity } from './community.ts'
import type { Report } from './faults.ts'

/** The names that Community objects give: one list over all of them. */
export class CommunityAliases {
  /** undefined: the value is at fault, as was reported at its object. */
  readonly #byName = new Map<string, BgpCommunity | undefined>()

  add({ spec }: Community, report: Report): void {
    for (const [index, { name = '', value = '' }] of (spec?.communities ?? []).entries()) {
      const field = `spec.communities[${index}]`
      const community = parseCommunity(value, `${field}.value`, report)
      if (this.#byName.has(name)) report({ code: 'community-duplicate', field: `${field}.name`, value: name })
      else this.#byName.set(name, community)
    }
  }

  /** A name wins over the community that it looks like. undefined when the text is at fault. */
  resolve(text: string, field: string, report: Report): BgpCommunity | undefined {
    if (this.#byName.has(text)) return this.#byName.get(text)
    if (looksLikeCommunity(text)) return parseCommunity(text, field, report)
    report({ code: 'community-unknown-alias', field, value: text })
    return undefined
  }
}
