import { hash } from 'node:crypto'

/** Of four bytes each: 10,000 addresses on 400 nodes. */
const defaultLimit = 4_000_000
const startingWidth = 8
const startingLength = 64 * startingWidth

/**
 * Remembers how the digests of nodes and addresses begin, so that nothing is hashed twice.
 * Bounded: it forgets everything when it would outgrow its limit.
 */
export class Digests {
  readonly #limit: number
  readonly #rows = new Map<string, number>()
  readonly #columns = new Map<string, number>()
  #width = startingWidth
  /** A row for each address, as wide as there may be nodes; 0: not known yet. */
  #table = new Uint32Array(startingLength)

  constructor(limit = defaultLimit) {
    this.#limit = limit
  }

  /**
   * The first 32 bits.
   * @param ip the canonical text of the address (RFC 5952, IPv4 dotted)
   */
  prefix(node: string, ip: string): number {
    const place = this.#place(node, ip)
    const known = this.#table[place]
    if (known) return known
    const prefix = Number.parseInt(addressDigest(node, ip).slice(0, 8), 16)
    this.#table[place] = prefix
    return prefix
  }

  #place(node: string, ip: string): number {
    const row = numberOf(this.#rows, ip)
    const column = numberOf(this.#columns, node)
    while (column >= this.#width) this.#resize(this.#table.length * 2, this.#width * 2)
    if ((row + 1) * this.#width > this.#table.length) this.#resize(this.#table.length * 2, this.#width)
    if (row === 0 || this.#rows.size * this.#width <= this.#limit) return row * this.#width + column
    this.#forget()
    return this.#place(node, ip)
  }

  #resize(length: number, width: number): void {
    const table = new Uint32Array(length)
    for (let row = 0; row * this.#width < this.#table.length; row++) {
      const known = this.#table.subarray(row * this.#width, (row + 1) * this.#width)
      table.set(known, row * width)
    }
    this.#table = table
    this.#width = width
  }

  #forget(): void {
    this.#rows.clear()
    this.#columns.clear()
    this.#width = startingWidth
    this.#table = new Uint32Array(startingLength)
  }
}

/** In hex, since hex digits sort as the bytes do. */
export function addressDigest(node: string, ip: string): string {
  return hash('sha256', `${node}#${ip}`, 'hex')
}

/** Numbers from 0, in the order of their first use. */
function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}
