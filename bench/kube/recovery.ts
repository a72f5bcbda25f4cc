// How many requests a server gets when it comes back to many watchers. Time is virtual, the connections are real.
import { createClient } from '../../kube/client.ts'
import { services } from '../../kube/core.ts'
import { reflect } from '../../kube/reflector.ts'
import { FaultyServer, noFaults } from '../../kube/testing/faulty-server.ts'
import { silentLog as log } from '../../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { createTransport } from '../../kube/transport.ts'

const watchers = 30
const downSeconds = 120
const watchedSeconds = 120
const namespace = 'web'
const object = (name: string) => ({ metadata: { namespace, name, uid: name } })

/** Requests per watcher, from the recovery until two minutes after every copy is true; the server forgot its history. */
export async function requestsAfterRecovery(): Promise<number> {
  const server = await FaultyServer.start()
  const clock = new VirtualClock()
  const credentials = { authorization: () => undefined, forget() {} }
  const clients = Array.from({ length: watchers }, () =>
    createClient(createTransport({ url: server.url, tls: {}, credentials })),
  )
  const reflectors = clients.map((client) => reflect(client, services, { log, clock }))
  const live = async (seconds: number) => {
    for (let turn = 0; turn < seconds * 4; turn++) {
      await settle()
      await clock.advance(250)
    }
  }
  try {
    server.put(object('first'))
    for (const reflector of reflectors) reflector.start()
    await Promise.all(reflectors.map((reflector) => reflector.synced()))
    server.faults = { ...noFaults, cut: 1, drop: 1 }
    server.put(object('lost'))
    await live(downSeconds)
    server.faults = { ...noFaults }
    server.compact()
    server.put(object('last'))
    const before = server.requests.length
    await live(watchedSeconds)
    if (reflectors.some(({ store }) => store.size !== server.objects.size))
      throw new Error('a watcher has not recovered')
    return (server.requests.length - before) / watchers
  } finally {
    await Promise.all(reflectors.map((reflector) => reflector.stop()))
    await Promise.all(clients.map((client) => client.close()))
    await server.close()
  }
}
