// A process with nothing to do, for process.test.ts; SAMPLE says how it misbehaves.
import type { KubeClient } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { commonFlags, commonSettings } from '../common-flags.ts'
import { processHost } from '../host.ts'
import { runDaemon } from '../run.ts'

const misbehaviour = process.env['SAMPLE']

function afterStart(): void {
  if (misbehaviour === 'throws') setImmediate(() => JSON.parse('{'))
  if (misbehaviour === 'rejects') void Promise.reject(new Error('nobody waits for this'))
}

const stop = () => (misbehaviour === 'hangs' ? new Promise<never>(() => {}) : Promise.resolve())
const connect = async () => ({ close: async () => {} }) as unknown as KubeClient

runDaemon(
  {
    name: 'sample',
    flags: commonFlags,
    settings: commonSettings,
    start: async ({ setReady, log }) => {
      setReady(undefined)
      log.info({}, 'ready')
      afterStart()
      return { stop }
    },
    stopBudgetMillis: 300,
  },
  { host: processHost, clock: systemClock, connect },
)
