import { readFileSync } from 'node:fs'
import { onLoopback } from '../daemon/common-flags.ts'
import { type DaemonContext, runDaemon } from '../daemon/run.ts'
import { podNamespace } from '../kube/in-cluster.ts'
import { flagsWithoutEffect, speakerFlags, speakerSettings } from './flags.ts'
import { parseExclusions } from './layer2/exclusions.ts'
import { type SpeakerOptions, startSpeaker } from './speaker.ts'

/** Mounted from a ConfigMap; absent where no interface is to be excluded. */
const exclusionsFile = '/etc/metallb/excludel2.yaml'

runDaemon({
  name: 'speaker',
  flags: speakerFlags,
  settings: (flags) => onLoopback(speakerSettings(flags)),
  start,
})

async function start(context: DaemonContext<typeof speakerFlags>): Promise<{ stop(): Promise<void> }> {
  const { flags, log, setReady } = context
  for (const flag of flagsWithoutEffect(flags)) log.info({ flag }, 'accepted, not yet in force')
  const running = await unlessAborted(
    context.signal,
    startSpeaker(speakerOptions(context), { ...context, notReady: setReady }),
  )
  void running.ready.then(() => setReady(undefined))
  return running
}

function speakerOptions({ flags }: DaemonContext<typeof speakerFlags>): SpeakerOptions {
  const namespace = flags.namespace || podNamespace()
  if (!namespace) throw new Error('the namespace is not known: give --namespace')
  return {
    node: flags['node-name'],
    namespace,
    pod: flags['pod-name'],
    speakerPods: flags['ml-labels'],
    loadBalancerClass: flags['lb-class'],
    ignoreExcludeLabel: flags['ignore-exclude-lb'],
    configRules: { backend: flags['bgp-type'], secretPassthrough: flags['frrk8s-secret-passthrough'] },
    excludedInterfaces: parseExclusions(readIfPresent(exclusionsFile)),
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Rejects with an AbortError when the process is to stop before it has started. */
function unlessAborted<T>(signal: AbortSignal, started: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([started, aborted])
}
