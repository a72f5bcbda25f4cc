/**
 * Probes as a process of its own, so that a test can run it in a network namespace. Argument: the interface. For each
 * address that comes, one a line, goes out `ADDRESS: MAC,MAC`, `ADDRESS: nobody` or `ADDRESS: failed WHY`.
 */
import { createInterface } from 'node:readline'
import { parseAddress } from '../../../net/address.ts'
import { dumpLinks } from '../../../net/netlink.ts'
import { probeAddress } from '../probe.ts'

const [name] = process.argv.slice(2)
const link = (await dumpLinks()).find((other) => other.name === name)
if (link === undefined) throw new Error(`there is no ${name}`)
const at = { index: link.index, mac: link.hardwareAddress! }
const clock = { setTimeout, clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout) }
console.log('ready')

for await (const line of createInterface(process.stdin)) {
  const macs = await probeAddress({ interface: at, address: parseAddress(line), clock }).catch((error: Error) => [
    `failed ${error.message}`,
  ])
  console.log(`${line}: ${macs.join() || 'nobody'}`)
}
