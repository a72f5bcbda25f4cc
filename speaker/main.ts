import { existsSync, readFileSync } from 'node:fs'
import { onLoopback } from '../daemon/common-flags.ts'
import { type DaemonContext, runDaemon } from '../daemon/run.ts'
import { podNamespace } from '../kube/in-cluster.ts'
import { flagsWithoutEffect, speakerFlags, speakerSettings } from './flags.ts'
import { parseExclusions } from './layer2/exclusions.ts'
import { memberListSettings } from './member-list-settings.ts'
import { defaultPace } from './ownership/pace.ts'
import { type SpeakerOptions, startSpeaker } from './speaker.ts'

/** Mounted from a ConfigMap; absent where no interface is to be excluded. */
const exclusionsFile = '/etc/metallb/excludel2.yaml'

/** MetalLB's, of another protocol. */
const memberListFile = '/etc/metallb/memberlist/config.json'

runDaemon({
  name: 'speaker',
  flags: speakerFlags,
  settings(flags) {
    memberListSettings(flags) // a wrong command line is told at once
    return onLoopback(speakerSettings(flags))
  },
  start,
})

async function start(context: DaemonContext<typeof speakerFlags>): Promise<{ stop(): Promise<void> }> {
  const { flags, log, setReady } = context
  for (const flag of flagsWithoutEffect(flags)) log.info({ flag }, 'accepted, not yet in force')
  if (existsSync(memberListFile))
    log.info({ file: memberListFile }, "MetalLB's settings of its member list: without effect")
  const running = await unlessAborted(context.signal, startSpeaker(speakerOptions(context), context))
  void running.ready.then(() => setReady(undefined))
  return running
}

function speakerOptions({ flags }: DaemonContext<typeof speakerFlags>): SpeakerOptions {
  const namespace = flags.namespace || podNamespace()
  if (!namespace) throw new Error('the namespace is not known: give --namespace')
  const memberList = memberListSettings(flags)
  return {
    node: flags['node-name'],
    namespace,
    pod: flags['pod-name'],
    speakerPods: flags['ml-labels'] || speakerFlags['ml-labels'].fallback,
    memberList,
    pace: {
      ...defaultPace,
      probes: flags['l2-fence-probes'],
      standInMillis: flags['l2-stand-in-seconds'] * 1000,
      holderMillis: (memberList?.times.voteMillis ?? 0) + flags['l2-fence-probes'] * defaultPace.probeMillis,
    },
    failbackMillis: flags['l2-failback-delay'],
    announceIntervalMillis: flags['l2-announce-interval'],
    dataplaneHealth: flags['dataplane-health-url'],
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
