import type { Report } from './faults.ts'

/** A community to put on routes: `asn:number` (RFC 1997) or `large:asn:number:number` (RFC 8092). */
export type BgpCommunity =
  | { readonly kind: 'standard'; readonly parts: readonly [number, number] }
  | { readonly kind: 'large'; readonly parts: readonly [number, number, number] }

/** Any other text is at most the name of a community. */
export function looksLikeCommunity(text: string): boolean {
  return [2, 4].includes(text.split(':').length)
}

/** undefined when the text is at fault. */
export function parseCommunity(text: string, field: string, report: Report): BgpCommunity | undefined {
  const fields = text.split(':')
  const kind = fields.length === 2 ? 'standard' : 'large'
  if (kind === 'large' && (fields.length !== 4 || fields.shift() !== 'large')) {
    report({ code: 'community-format', field, value: text })
    return undefined
  }
  const largest = kind === 'standard' ? 0xffff : 0xffffffff
  if (!fields.every((part) => /^\d+$/.test(part) && Number(part) <= largest)) {
    report({ code: 'community-value', field, value: text })
    return undefined
  }
  return { kind, parts: fields.map(Number) } as unknown as BgpCommunity // as many as the kind has
}

/** A standard community counts as one number of 32 bits with nothing behind it. */
export function compareCommunities(a: BgpCommunity, b: BgpCommunity): number {
  const [keyA, keyB] = [sortKey(a), sortKey(b)]
  const position = keyA.findIndex((value, index) => value !== keyB[index])
  return position < 0 ? kindOrder[a.kind] - kindOrder[b.kind] : keyA[position]! - keyB[position]!
}

const kindOrder = { standard: 0, large: 1 } as const

function sortKey({ kind, parts }: BgpCommunity): readonly number[] {
  return kind === 'large' ? parts : [parts[0] * 0x10000 + parts[1], 0, 0]
}
