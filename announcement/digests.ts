import { hash } from 'node:crypto'

/** Of four bytes each: 10,000 addresses on 400 nodes. */
const defaultLimit = 4_000_000
const startingWidth = 8
const startingLength = 64 * startingWidth

const nobody = { nodes: [] as readonly string[], columns: [] as readonly number[] }

/**
 * Remembers how the digests of nodes and addresses begin, so that nothing is hashed twice.
 * Bounded: it forgets everything when it would outgrow its limit.
 */
export class Digests {
  readonly #limit: number
  readonly #rows = new Map<string, number>()
  readonly #columns = new Map<string, number>()
  /** Of the nodes that were asked about last: most questions are about the same ones. */
  #recent = nobody
  #width = startingWidth
  /** A row for each address, as wide as there may be nodes; 0: not known yet. */
  #table = new Uint32Array(startingLength)

  constructor(limit = defaultLimit) {
    this.#limit = limit
  }

  /**
   * The first 32 bits for each of some nodes.
   * @param ip the canonical text of the address (RFC 5952, IPv4 dotted)
   */
  prefixes(nodes: readonly string[], ip: string): number[] {
    const start = this.#rowOf(ip, nodes)
    return nodes.map((node, index) => {
      const place = start + this.#recent.columns[index]!
      return this.#table[place] || this.#learn(place, node, ip)
    })
  }

  #learn(place: number, node: string, ip: string): number {
    const prefix = Number.parseInt(addressDigest(node, ip).slice(0, 8), 16)
    this.#table[place] = prefix
    return prefix
  }

  /** Makes room for the address with all these nodes. */
  #rowOf(ip: string, nodes: readonly string[]): number {
    if (nodes !== this.#recent.nodes) {
      this.#recent = { nodes, columns: nodes.map((node) => numberOf(this.#columns, node)) }
    }
    const row = numberOf(this.#rows, ip)
    while (this.#columns.size > this.#width) this.#resize(this.#table.length * 2, this.#width * 2)
    while ((row + 1) * this.#width > this.#table.length) this.#resize(this.#table.length * 2, this.#width)
    if (row === 0 || this.#rows.size * this.#width <= this.#limit) return row * this.#width
    this.#forget()
    return this.#rowOf(ip, nodes)
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
    this.#recent = nobody
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
