const windowMillis = 100

export interface Load {
  /** Sent by a node in a second. */
  readonly messages: number
  readonly bytes: number
  /** Of any one node in 100 ms. */
  readonly peakSent: number
  readonly peakReceived: number
}

/** Counts the datagrams between speakers. */
export class Traffic {
  #messages = 0
  #bytes = 0
  #sinceMillis = 0
  readonly #sent: Windows
  readonly #received: Windows
  readonly #nodes: number

  constructor(nodes: number) {
    this.#nodes = nodes
    this.#sent = new Windows(nodes)
    this.#received = new Windows(nodes)
  }

  sent(node: number, bytes: number, nowMillis: number): void {
    this.#messages++
    this.#bytes += bytes
    this.#sent.count(node, nowMillis)
  }

  received(node: number, nowMillis: number): void {
    this.#received.count(node, nowMillis)
  }

  /** Counts anew from here. */
  reset(nowMillis: number): void {
    this.#messages = this.#bytes = 0
    this.#sinceMillis = nowMillis
    this.#sent.peak = this.#received.peak = 0
  }

  load(nowMillis: number): Load {
    const nodeSeconds = (this.#nodes * (nowMillis - this.#sinceMillis)) / 1000
    return {
      messages: this.#messages / nodeSeconds,
      bytes: this.#bytes / nodeSeconds,
      peakSent: this.#sent.peak,
      peakReceived: this.#received.peak,
    }
  }
}

/** How many a node had in its window of 100 ms, and the most that any ever had. */
class Windows {
  peak = 0
  readonly #counts: Int32Array
  readonly #window: Int32Array

  constructor(nodes: number) {
    this.#counts = new Int32Array(nodes)
    this.#window = new Int32Array(nodes)
  }

  count(node: number, nowMillis: number): void {
    const window = Math.floor(nowMillis / windowMillis)
    const count = this.#window[node] === window ? this.#counts[node]! + 1 : 1
    this.#window[node] = window
    this.#counts[node] = count
    if (count > this.peak) this.peak = count
  }
}
