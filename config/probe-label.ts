import { createHash } from 'node:crypto'

/** By this label a speaker finds the AddressProbes that are for it. */
export const probeLabel = 'metallb.io/node'

const longestValue = 63
const hashLength = 16

/** A label has room for 63 characters and a node's name may have 253: of a longer one, its beginning and a hash. */
export function probeLabelOf(node: string): string {
  if (node.length <= longestValue) return node
  const hash = createHash('sha256').update(node).digest('hex').slice(0, hashLength)
  return `${node.slice(0, longestValue - hashLength - 1)}-${hash}`
}
