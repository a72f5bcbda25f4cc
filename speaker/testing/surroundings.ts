/** Prints what a node sees around it, now and whenever that changes, as a line of JSON: to be run in a network namespace. */
import { systemClock } from '../../kube/clock.ts'
import { formatAddress } from '../../net/address.ts'
import { dumpLinks, dumpRoutes, subscribeNetlink } from '../../net/netlink.ts'
import { formatNetwork } from '../surroundings.ts'
import { SurroundingsWatch } from '../surroundings-watch.ts'

const watch = new SurroundingsWatch({
  ...{ source: { dumpLinks, dumpRoutes, subscribe: subscribeNetlink }, excluded: /^lo$/, clock: systemClock },
  onChange: ({ gateways, networks, macs }) =>
    console.log(JSON.stringify({ gateways: gateways.map(formatAddress), networks: networks.map(formatNetwork), macs })),
  onError: (error) => console.error(error),
})
process.stdin.resume().once('end', () => watch.close())
