import { AddressError, parseAddress } from '../net/address.ts'
import { type AddressRange, parseRange } from '../net/range.ts'
import type { Report } from './faults.ts'

/** Single addresses, CIDRs and ranges; what is at fault is reported and left out. */
export function parseAddressList(texts: readonly string[], field: string, report: Report): AddressRange[] {
  return texts.flatMap((text, index) => {
    try {
      return [parseAddresses(text)]
    } catch (error) {
      if (!(error instanceof AddressError)) throw error
      report({ code: 'bad-addresses', field: `${field}[${index}]`, value: text })
      return []
    }
  })
}

function parseAddresses(text: string): AddressRange {
  if (/[/-]/.test(text)) return parseRange(text)
  const { family, value } = parseAddress(text)
  return { family, first: value, last: value }
}
