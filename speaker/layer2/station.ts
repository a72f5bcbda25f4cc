/** The side of a link that we are on. */
export interface Station {
  readonly interfaceName: string
  readonly mac: Uint8Array
}
