import { expect } from 'chai'
import { recordingLogger } from '../../daemon/testing/recording-logger.ts'
import { createClient } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import type { SendOptions } from '../../kube/transport.ts'
import { startWebhook } from './start.ts'

/** An API server that never answers. */
const silence = (signal: SendOptions['signal']) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

describe('the webhook', () => {
  it('stops while it is still waiting for the API server', async () => {
    const client = createClient({
      send: (_request, { signal } = {}) => silence(signal),
      sendForLines: (_request, { signal }) => silence(signal),
      close: () => {},
    })
    const webhook = startWebhook({
      ...{ client, namespace: 'metallb-system', backend: 'native', serviceName: 'webhook', clock: systemClock },
      ...{ certificates: { secretName: 'certificates' }, log: recordingLogger().log },
      tls: { minVersion: 'TLSv1.3', ignored: [] },
    })
    const ready = webhook.ready.then(
      () => 'ready',
      () => 'given up',
    )
    await webhook.stop()
    expect(await ready).to.equal('given up')
  })
})
