/**
 * The Internet checksum, RFC 1071, of bytes in network order; over a message with a right checksum it is 0.
 * `initial` is the plain sum of the 16-bit words that come before, such as a pseudo header's.
 */
export function internetChecksum(bytes: Uint8Array, initial = 0): number {
  let sum = initial
  const even = bytes.length & ~1
  for (let index = 0; index < even; index += 2) sum += (bytes[index]! << 8) | bytes[index + 1]!
  if (even < bytes.length) sum += bytes[even]! << 8 // an odd byte is padded with zero on the right
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
