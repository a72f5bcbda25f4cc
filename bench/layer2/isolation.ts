import { mustRun } from '../../hack/lab/command.ts'
import type { FastLab } from '../../hack/lab/fast.ts'

/** Ports of a bridge that are isolated reach all others, but not each other: the client and the API server stay. */
export async function isolatePorts(lab: FastLab, on: boolean): Promise<void> {
  for (const { port } of lab.nodes) {
    await mustRun(['bridge', '-n', `${lab.name}-sw`, 'link', 'set', 'dev', port, 'isolated', on ? 'on' : 'off'])
  }
}
