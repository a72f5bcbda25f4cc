/** A community to put on routes: `asn:number` (RFC 1997) or `large:asn:number:number` (RFC 8092). */
export type BgpCommunity =
  | { readonly kind: 'standard'; readonly parts: readonly [number, number] }
  | { readonly kind: 'large'; readonly parts: readonly [number, number, number] }
