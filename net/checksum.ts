/**
 * The Internet checksum, RFC 1071, of bytes in network order, from `start` up to `end`; over a message with a right
 * checksum it is 0. `initial` is the plain sum of the 16-bit words that come before, such as a pseudo header's.
 */
export function internetChecksum(bytes: Uint8Array, initial = 0, start = 0, end: number = bytes.length): number {
  let sum = initial
  const last = end - 1
  for (let index = start; index < last; index += 2) sum += (bytes[index]! << 8) | bytes[index + 1]!
  if ((end - start) % 2 === 1) sum += bytes[last]! << 8 // an odd byte is padded with zero on the right
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
