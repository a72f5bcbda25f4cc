/**
 * Layer 2 as a process of its own, so that a test can run it in a network namespace. Commands come line by line, see
 * below; what happens goes out, line by line. Argument: an expression of interfaces to exclude.
 */
import { createInterface } from 'node:readline'
import { formatAddress, parseAddress } from '../../../net/address.ts'
import { parseMac } from '../../../net/mac.ts'
import { dumpAddresses, dumpLinks, subscribeNetlink } from '../../../net/netlink.ts'
import { parseRange } from '../../../net/range.ts'
import type { Interfaces, Role } from '../book.ts'
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
    claim: ({ kind, address, mac, sender }) =>
      console.log(`claim ${kind} ${formatAddress(address)} ${mac} from ${sender}`),
    hearing: (can) => console.log(`hearing ${can}`),
  },
})
console.log('ready')

const commands: Record<string, (...words: string[]) => void> = {
  announce: (service = '', address = '', interfaces = 'all') => {
    answer(service, address, 'own', interfaces === 'all' ? 'all' : interfaces.split(','))
  },
  standIn: (service = '', address = '', mac = '') => answer(service, address, { mac: () => parseMac(mac) }, 'all'),
  hold: (service = '', address = '') => layer2.hold(service, parseAddress(address), 'all'),
  withdraw: (service = '') => layer2.release(service),
  announceMany(first = '', count = '') {
    const { family, value } = parseAddress(first)
    for (let i = 0n; i < BigInt(count); i++)
      answer(`app/${i}`, formatAddress({ family, value: value + i }), 'own', 'all')
  },
  probe: (...addresses) => layer2.probe(addresses.map(parseAddress)),
  solicit: (mac = '', address = '') => {
    const where = parseAddress(address)
    layer2.solicit([{ mac, ...(where.family === 4 ? { ipv4: where } : { ipv6: where }) }])
  },
  ranges: (...ranges) => layer2.setRanges(ranges.map(parseRange)),
}

function answer(service: string, text: string, as: Role, interfaces: Interfaces): void {
  const address = parseAddress(text)
  layer2.hold(service, address, interfaces)
  layer2.answer(address, as)
}

for await (const line of createInterface(process.stdin)) {
  const [verb = '', ...words] = line.split(' ')
  commands[verb]?.(...words)
  console.log(`done ${line}`)
}
layer2.close()
