import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '../hack/lab/command.ts'
import type { FastLab } from '../hack/lab/fast.ts'
import { until } from '../hack/lab/wait.ts'

/** What the nodes send and hear about addresses and of each other, but for the questions of the client. */
export interface Capture {
  /** Ends it: a text for each frame. */
  decode(): Promise<string[]>
  stop(): Promise<void>
}

export async function startCapture(lab: FastLab): Promise<Capture> {
  const directory = mkdtempSync(join(tmpdir(), 'capture-'))
  const filter = `(arp or icmp6 or ip6 proto 0 or udp port 7946) and not ether src ${lab.client.mac}`
  const running = lab.nodes.map((node) => {
    const file = join(directory, `${node.name}.pcap`)
    return { file, tcpdump: node.spawn(['tcpdump', '-U', '-Z', 'root', '-i', 'eth0', '-w', file, filter]) }
  })
  for (const { tcpdump } of running) await until('tcpdump listens', () => tcpdump.output().includes('listening on'))
  const end = () => Promise.all(running.map(({ tcpdump }) => tcpdump.stop()))
  return {
    async decode() {
      await end()
      // The kernel leaves the checksums of UDP to hardware that is not there.
      const read = (file: string) => mustRun(['tcpdump', '-nevv', '-K', '-r', file])
      const texts = await Promise.all(running.map(({ file }) => read(file)))
      return texts.flatMap((text) => text.split(/\n(?=\S)/).map((frame) => frame.replaceAll(/\s+/g, ' ')))
    },
    async stop() {
      await end()
      rmSync(directory, { recursive: true })
    },
  }
}
