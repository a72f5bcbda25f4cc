/**
 * Layer 2 as a process of its own, so that a test can run it in a network namespace. Commands come line by line:
 * `announce SERVICE ADDRESS INTERFACES|all`, `withdraw SERVICE`. What happens goes out, line by line.
 * Argument: an expression of interfaces to exclude.
 */
import { createInterface } from 'node:readline'
import { parseAddress } from '../../../net/address.ts'
import { dumpAddresses, dumpLinks, subscribeNetlink } from '../../../net/netlink.ts'
import { startLayer2 } from '../layer2.ts'

const [exclude] = process.argv.slice(2)
let eventAt = 0

const layer2 = await startLayer2({
  links: {
    dumpLinks,
    dumpAddresses,
    subscribe: (options) =>
      subscribeNetlink({
        ...options,
        onEvent(event) {
          eventAt = performance.now()
          options.onEvent(event)
        },
      }),
  },
  clock: { now: () => performance.now(), setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) },
  excluded: exclude === undefined ? undefined : new RegExp(exclude),
  report: {
    interfacesChanged: () => undefined,
    opened: ({ name }, protocol) => console.log(`opened ${protocol} ${name} ${Math.ceil(performance.now() - eventAt)}`),
    closed: ({ name }, protocol) => console.log(`closed ${protocol} ${name}`),
    failed: (error) => console.log(`failed ${error}`),
  },
})
console.log('ready')

const commands: Record<string, (...words: string[]) => void> = {
  announce(service = '', address = '', interfaces = 'all') {
    layer2.announce(service, parseAddress(address), interfaces === 'all' ? 'all' : interfaces.split(','))
  },
  withdraw: (service = '') => layer2.withdraw(service),
}

for await (const line of createInterface(process.stdin)) {
  const [verb = '', ...words] = line.split(' ')
  commands[verb]?.(...words)
  console.log(`done ${line}`)
}
layer2.close()
