/**
 * A member list as a process of its own, so that a test can run it in a network namespace.
 * Arguments: name, own address, port, secret, and all members as `name=address`. Commands come line by line: `leave`,
 * `counters`. Actions and answers go out, a line of JSON each.
 */
import { createInterface } from 'node:readline'
import { parseAddress } from '../../../net/address.ts'
import { MemberList } from '../member-list.ts'
import { Secrets } from '../secrets.ts'

const [name = '', address = '', port = '', secret = '', ...members] = process.argv.slice(2)

const clock = {
  now: () => performance.now(),
  setTimeout: (run: () => void, millis: number) => setTimeout(run, millis),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
}

const print = (line: object): void => console.log(JSON.stringify({ atMillis: Date.now(), ...line }))

const list = new MemberList({
  ...{ name, bind: parseAddress(address), port: Number(port), clock, wallMillis: Date.now() },
  secrets: new Secrets(Buffer.from(secret), clock.now()),
  interfaces: () => ['eth0'],
  onAction(action) {
    const members = Object.fromEntries(
      [...list.membership.members()].map((one) => [one.name, `${one.life} ${one.phase}`]),
    )
    print({ type: action.type, members })
    if (action.type === 'synced') list.say({ phase: 'serving' })
  },
  onSilence: () => undefined,
  onRefused: (reason) => print({ type: 'refused', reason }),
})
list.list(
  members.map((member) => {
    const [name = '', text = ''] = member.split('=')
    return { name, address: parseAddress(text) }
  }),
)
list.start()

for await (const command of createInterface(process.stdin)) {
  if (command === 'counters')
    print({ type: 'counters', sent: list.counters().sent, received: list.counters().received })
  if (command === 'leave') {
    await list.leave()
    break
  }
}
list.close()
process.exit(0)
