/**
 * Cuts a byte stream into lines.
 *
 * Only the unfinished line is kept between chunks, and it is joined once, when its end has come: a large object that
 * arrives in many chunks is not copied again for each of them.
 */
const newline = 0x0a

export class LineSplitter {
  #unfinished: Buffer[] = []

  push(chunk: Buffer, onLine: (line: string) => void): void {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#finish(chunk, start, end)
      start = end + 1
      if (line !== '') onLine(line)
    }
    // A copy, so that a few bytes do not keep the whole chunk alive until the next one comes.
    if (start < chunk.length) this.#unfinished.push(Buffer.from(chunk.subarray(start)))
  }

  #finish(chunk: Buffer, start: number, end: number): string {
    if (this.#unfinished.length === 0) return chunk.toString('utf8', start, end)
    const whole = Buffer.concat([...this.#unfinished, chunk.subarray(start, end)])
    this.#unfinished = []
    return whole.toString('utf8')
  }
}
