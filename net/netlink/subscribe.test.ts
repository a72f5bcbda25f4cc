import { expect } from 'chai'
import { useFakeTimers } from 'sinon'
import { BoundsError } from '../cursor.ts'
import { ScriptedSocket } from './scripted-socket.ts'
import { type NetlinkEvent, type SubscribeOptions, subscribeNetlink } from './subscribe.ts'
import { attribute, attributes, message, u32 } from './twin.ts'

const ENOBUFS = 105
const ENOMEM = 12

function linkMessage(index: number, type = 16): Buffer {
  const header = Buffer.concat([Buffer.alloc(4), u32(index), u32(1), u32(0)])
  return message(type, Buffer.concat([header, attributes([attribute(3, Buffer.from(`eth${index}\0`))])]))
}

function subscribed(options: Partial<SubscribeOptions> = {}) {
  const socket = new ScriptedSocket()
  const events: NetlinkEvent[] = []
  const errors: unknown[] = []
  const subscription = subscribeNetlink({
    groups: ['link'],
    onEvent: (event) => events.push(event),
    onError: (error) => errors.push(error),
    open: () => socket.asSocket(),
    ...options,
  })
  return { socket, events, errors, subscription }
}

function summaryOf(events: readonly NetlinkEvent[]): string[] {
  return events.map((event) => ('link' in event ? `${event.type} ${event.link.name}` : event.type))
}

describe('a netlink subscription', () => {
  it('joins the groups that it is asked to join', () => {
    const masks: number[] = []
    const open = (mask: number) => {
      masks.push(mask)
      return new ScriptedSocket().asSocket()
    }
    subscribed({ open, groups: ['link', 'neighbour'] })
    subscribed({ open, groups: ['ipv4-address', 'ipv6-address', 'ipv4-route', 'ipv6-route'] })
    // linux/rtnetlink.h: RTMGRP_LINK 1, NEIGH 4, IPV4_IFADDR 0x10, IPV4_ROUTE 0x40, IPV6_IFADDR 0x100, IPV6_ROUTE 0x400
    expect(masks).to.deep.equal([0x5, 0x10 | 0x100 | 0x40 | 0x400])
  })

  it('tells every event of every datagram in order', () => {
    const { socket, events } = subscribed()
    socket.deliver(Buffer.concat([linkMessage(1), linkMessage(2)]), linkMessage(1, 17))
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'link eth2', 'link-removed eth1'])
  })

  it('tells an overrun when the kernel had to drop events, after all that it did not drop, and goes on', () => {
    const { socket, events, errors } = subscribed()
    socket.deliver(linkMessage(1), { errno: ENOBUFS }, linkMessage(2))
    socket.deliver(linkMessage(3))
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'link eth2', 'overrun', 'link eth3'])
    expect(errors).to.deep.equal([])
  })

  it('tells one overrun however often the queue overflowed while it was read', () => {
    const { socket, events } = subscribed()
    socket.deliver({ errno: ENOBUFS }, linkMessage(1), { errno: ENOBUFS }, linkMessage(2))
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'link eth2', 'overrun'])
  })

  it('reports another error, reads on, and tells an overrun since events may be lost', () => {
    const { socket, events, errors } = subscribed()
    socket.deliver(linkMessage(1), { errno: ENOMEM }, linkMessage(2))
    expect(errors).to.have.length(1)
    expect(errors[0]).to.include({ code: 'ENOMEM' })
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'link eth2', 'overrun'])
  })

  it('reports a message that it cannot decode, reads on, and tells an overrun', () => {
    const { socket, events, errors } = subscribed()
    socket.deliver(linkMessage(1), linkMessage(7).subarray(0, 20), linkMessage(2))
    expect(errors).to.have.length(1)
    expect(errors[0]).to.be.instanceOf(BoundsError)
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'link eth2', 'overrun'])
  })

  it('reports a datagram that was cut, although what is left can be decoded', () => {
    const { socket, events, errors } = subscribed()
    socket.deliver({ datagram: linkMessage(1), portId: 0, truncated: true }, linkMessage(2))
    expect(errors.map(String)).to.deep.equal(['NetlinkError: the kernel sent more than 32768 bytes at once'])
    expect(summaryOf(events)).to.deep.equal(['link eth2', 'overrun'])
  })

  it('tells an overrun that it knows of although another error follows', () => {
    const { socket, events } = subscribed()
    socket.deliver({ errno: ENOBUFS }, linkMessage(7).subarray(0, 20), { errno: ENOMEM }, linkMessage(1))
    expect(summaryOf(events)).to.deep.equal(['link eth1', 'overrun'])
  })

  it('does not read for ever on a socket that fails for ever', () => {
    const { socket, events, errors } = subscribed()
    socket.deliver(...Array.from({ length: 1000 }, () => ({ errno: ENOMEM })))
    expect(errors).to.have.length.below(1000)
    expect(summaryOf(events)).to.deep.equal(['overrun'])
  })

  it('watches its socket again after an error: it may have been that nobody watches it any more', () => {
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { socket, events, errors, subscription } = subscribed()
      socket.vainWatches = 3
      socket.deliver({ errno: ENOMEM }, linkMessage(1))
      timers.tick(10_000)
      expect(socket.watches).to.equal(5)
      expect(errors).to.have.length(4)
      socket.deliver(linkMessage(2))
      expect(summaryOf(events)).to.deep.equal(['link eth1', 'overrun', 'link eth2'])
      timers.tick(60_000)
      expect(socket.watches).to.equal(5)
      socket.deliver({ errno: ENOMEM })
      subscription.close()
      expect(timers.countTimers()).to.equal(0)
    } finally {
      timers.restore()
    }
  })

  it('may be closed by the listener of its errors', () => {
    const errors: unknown[] = []
    const { socket, events, subscription } = subscribed({
      onError: (error) => {
        errors.push(error)
        subscription.close()
      },
    })
    socket.deliver(linkMessage(7).subarray(0, 20), linkMessage(1))
    expect(errors).to.have.length(1)
    expect(events).to.deep.equal([])
  })

  it('ignores what other processes send', () => {
    const { socket, events } = subscribed()
    socket.deliver({ datagram: linkMessage(1), portId: 4711 })
    expect(events).to.deep.equal([])
  })

  for (const [which, ...deliveries] of [
    ['an', Buffer.concat([linkMessage(1), linkMessage(2)]), linkMessage(3)],
    ['the last', linkMessage(1)],
  ] as const) {
    it(`may be closed by ${which} event, and is silent from then on`, () => {
      const events: NetlinkEvent[] = []
      const { socket, errors, subscription } = subscribed({
        onEvent: (event) => {
          events.push(event)
          subscription.close()
        },
      })
      socket.deliver(...deliveries)
      expect(summaryOf(events)).to.deep.equal(['link eth1'])
      expect(errors).to.deep.equal([])
    })
  }

  it('does not take an exception of its listener for a netlink error', () => {
    const { socket, errors } = subscribed({
      onEvent: () => {
        throw new Error('from the listener')
      },
    })
    expect(() => socket.deliver(linkMessage(1))).to.throw('from the listener')
    expect(errors).to.deep.equal([])
  })
})
