/**
 * Prints the reasons of the problems of the network namespace that it runs in, as a line of JSON for each line that it
 * is given: "path value" writes a setting of the kernel first.
 */
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { dumpLinks, dumpRoutes } from '../../../net/netlink.ts'
import { networkFactsOf } from '../network-facts.ts'
import { problemsOf } from '../problems.ts'
import { readSettings } from '../settings.ts'

for await (const line of createInterface({ input: process.stdin })) {
  const [path, value] = line.split(' ')
  if (path && value) writeFileSync(`/proc/sys/${path}`, value)
  const network = networkFactsOf({ links: await dumpLinks(), routes: await dumpRoutes() }, /^lo$/)
  const settings = await readSettings(network.usable.map(({ name }) => name))
  const facts = { network, settings, families: new Set([4, 6] as const), kubeProxyFault: undefined, lost: [] }
  console.log(JSON.stringify({ reasons: problemsOf(facts).map(({ reason }) => reason) }))
}
