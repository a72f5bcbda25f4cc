// 2,000 addresses on one node that dies.
import { setTimeout as pause } from 'node:timers/promises'
import { gapsMillis, ownersAt } from './record.ts'
import { startRecorder } from './recorder.ts'
import { atLayer2Site } from './site.ts'

const addresses = 2_000
/** Each address ten times a second, since that is 20,000 questions. */
const intervalMillis = 100
const runs = 3
const aftermathMillis = 3_000

const onFirstNode = {
  preferredNodeSelectors: [{ weight: 100, preference: { matchLabels: { 'kubernetes.io/hostname': 'n1' } } }],
}

/** The longest that an address was not answered, one value for each time that the node's cable is pulled. */
export const measureMany = (): Promise<number[]> => {
  const pools = { first: { addresses: '10.200.0.0/20', advertisement: onFirstNode } }
  return atLayer2Site({ nodes: 3, pools }, async ({ lab, serve }) => {
    await serve('web', addresses)
    const asked = { first: '10.200.0.0', count: addresses, intervalMillis }
    const recorder = await startRecorder(lab.client.netns, asked)
    const { mac, cutLink, restoreLink } = lab.node(1)
    const worst: number[] = []
    while (worst.length < runs) {
      await pause(aftermathMillis)
      await recorder.answered()
      await recorder.end()
      await recorder.answered()
      await recorder.mark('event')
      await cutLink()
      await pause(aftermathMillis)
      const seen = await recorder.end()
      const fromTick = seen.marks['event'] ?? 0
      const owned = ownersAt(seen, fromTick).filter((owner) => owner === mac).length
      if (owned < addresses) throw new Error(`n1 had ${owned} addresses of ${addresses} only`)
      worst.push(Math.max(...gapsMillis(seen, fromTick)))
      console.error(`  node with ${addresses} addresses gone: worst gap ${worst.at(-1)} ms`)
      await restoreLink()
    }
    await recorder.stop()
    return worst
  })
}
