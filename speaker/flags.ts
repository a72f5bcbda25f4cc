import { parseDuration } from '../config/duration.ts'
import { commonFlags, commonSettings, type DaemonSettings } from '../daemon/common-flags.ts'
import {
  booleanFlag,
  type Flag,
  FlagError,
  type FlagTable,
  type FlagValues,
  integerFlag,
  textFlag,
} from '../daemon/flags.ts'
import { parseHealthUrl } from './dataplane/health-url.ts'
import { deriveConstants } from './membership/constants.ts'
import { defaultPace } from './ownership/pace.ts'

const memberTimes = deriveConstants()

/** MetalLB's flags of the speaker, so that the command lines and manifests of a MetalLB installation go on working, and our own. */
export const speakerFlags = {
  ...commonFlags,
  'node-name': textFlag({ env: 'METALLB_NODE_NAME', required: true, usage: 'name of the node this speaker runs on' }),
  'pod-name': textFlag({ env: 'METALLB_POD_NAME', usage: 'name of the pod, which will own the status objects' }),
  host: textFlag({ env: 'METALLB_HOST', usage: 'accepted and unused' }),
  'lb-class': textFlag({ usage: 'load balancer class of the Services to announce; empty: those without a class' }),
  'ignore-exclude-lb': booleanFlag({
    usage: 'announce also from nodes with the label node.kubernetes.io/exclude-from-external-load-balancers',
  }),
  'ml-labels': textFlag({
    env: 'METALLB_ML_LABELS',
    default: 'app=metallb,component=speaker',
    usage: 'labels of the pods that are speakers; empty: no member list',
  }),
  'ml-bindaddr': textFlag({
    env: 'METALLB_ML_BIND_ADDR',
    usage: 'address of this node for messages between speakers; empty: no member list',
  }),
  'ml-bindport': integerFlag({
    env: 'METALLB_ML_BIND_PORT',
    default: 7946,
    min: 1,
    max: 65_535,
    usage: 'UDP port for messages between speakers, the same on every node',
  }),
  'ml-secret-key-path': textFlag({
    env: 'METALLB_ML_SECRET_KEY_PATH',
    usage: 'directory of the file secretkey, which seals messages between speakers; empty: anybody can forge them',
  }),
  'ml-wan-config': booleanFlag({ usage: 'failure detection five times slower, for speakers that are far apart' }),
  'ml-heartbeat-millis': integerFlag({
    default: memberTimes.heartbeatMillis,
    min: 20,
    max: 60_000,
    usage: 'milliseconds between two signs of life of a speaker',
  }),
  'ml-vote-millis': integerFlag({
    default: memberTimes.voteMillis,
    min: 60,
    max: 600_000,
    usage: 'milliseconds of silence after which a speaker is suspected, at least three heartbeats',
  }),
  'l2-fence-probes': integerFlag({
    default: defaultPace.probes,
    min: 1,
    max: 20,
    usage: `how often an address is asked for, ${defaultPace.probeMillis} ms apart, before it is taken over`,
  }),
  'l2-stand-in-seconds': integerFlag({
    default: defaultPace.standInMillis / 1000,
    min: 0,
    max: 86_400,
    usage: 'how long others answer in the name of a node whose speaker is away and whose kernel is not; 0: not at all',
  }),
  'l2-failback-delay': durationFlag({
    usage: 'how long a node that is back has to be in good health before it gets addresses from others',
  }),
  'l2-announce-interval': durationFlag({
    minMillis: 1_000,
    usage: 'how often addresses are announced unasked, for switches that forget; 0s: only when something changes',
  }),
  'dataplane-health-url': healthUrlFlag({
    usage:
      "a node announces only while this answers 200, such as kube-proxy's http://127.0.0.1:10256/healthz; empty: always",
  }),
  'bgp-debounce-timeout': integerFlag({
    env: 'METALLB_BGP_DEBOUNCE_TIMEOUT',
    default: 3000,
    min: 1,
    usage: 'milliseconds to gather changes of the FRR configuration',
  }),
  'frrk8s-namespace': textFlag({ env: 'FRRK8S_NAMESPACE', usage: 'namespace of the FRRConfiguration objects' }),
  'frrk8s-secret-passthrough': booleanFlag({ usage: 'refer to password secrets instead of copying their text' }),
} as const satisfies FlagTable

export type SpeakerFlags = FlagValues<typeof speakerFlags>

const withoutEffect = ['host', 'bgp-debounce-timeout', 'frrk8s-namespace'] as const satisfies (keyof SpeakerFlags)[]

/** Refuses, as MetalLB does, to name Secrets to an frr-k8s that is not there. */
export function speakerSettings(flags: SpeakerFlags): DaemonSettings {
  const isForFrrK8s = flags['bgp-type'] === 'frr-k8s' && flags['frrk8s-namespace'] !== ''
  if (flags['frrk8s-secret-passthrough'] && !isForFrrK8s) {
    const remedy = 'set METALLB_BGP_TYPE=frr-k8s and --frrk8s-namespace, or leave the flag out'
    throw new FlagError('bad-value', `flag --frrk8s-secret-passthrough: passwords are read here: ${remedy}`)
  }
  return commonSettings(flags)
}

/** The flags that were given and that nothing heeds yet. */
export function flagsWithoutEffect(flags: SpeakerFlags): string[] {
  return withoutEffect.filter((name) => flags[name] !== speakerFlags[name].fallback)
}

/** Go's durations, as milliseconds. */
/** Milliseconds. Zero, or at least `minMillis`. */
function durationFlag({ usage, minMillis = 0 }: { usage: string; minMillis?: number }): Flag<number> {
  return {
    ...textFlag({ usage }),
    fallback: 0,
    valueName: 'duration',
    parse(text) {
      const nanos = parseDuration(text)
      if (nanos === undefined) throw new Error('give a duration, such as 30s or 1m30s')
      const millis = nanos / 1e6
      if (millis > 0 && millis < minMillis) throw new Error(`give 0s, or at least ${minMillis / 1000}s`)
      return millis
    },
  }
}

function healthUrlFlag({ usage }: { usage: string }): Flag<URL | undefined> {
  return { ...textFlag({ usage }), fallback: undefined, valueName: 'URL', parse: parseHealthUrl }
}
