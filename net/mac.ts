import { AddressError } from './address.ts'

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i

/** Six octets such as `02:00:5e:10:00:01`. Throws AddressError. */
export function parseMac(text: string): Uint8Array {
  if (!macPattern.test(text)) throw new AddressError('bad-mac', text, 'is not a MAC address')
  return Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16))
}

const octetTexts: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Any length: some links have addresses of other sizes. */
export function formatMac(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += i === 0 ? octetTexts[bytes[i]!] : `:${octetTexts[bytes[i]!]}`
  return text
}
