import { commonFlags, commonSettings, type DaemonSettings } from '../daemon/common-flags.ts'
import {
  booleanFlag,
  FlagError,
  type FlagTable,
  type FlagValues,
  integerFlag,
  portFlag,
  textFlag,
} from '../daemon/flags.ts'

/** MetalLB's flags of the speaker; the command lines and manifests of a MetalLB installation go on working. */
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
    usage: 'labels of the pods that are speakers',
  }),
  'ml-bindaddr': textFlag({ env: 'METALLB_ML_BIND_ADDR', usage: 'address for messages between speakers' }),
  'ml-bindport': portFlag({ env: 'METALLB_ML_BIND_PORT', default: 7946, usage: 'port for messages between speakers' }),
  'ml-secret-key-path': textFlag({
    env: 'METALLB_ML_SECRET_KEY_PATH',
    usage: 'directory of the key for messages between speakers',
  }),
  'ml-wan-config': booleanFlag({ usage: 'slower failure detection, for speakers that are far apart' }),
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

const withoutEffect = [
  'host',
  'ml-bindaddr',
  'ml-bindport',
  'ml-secret-key-path',
  'ml-wan-config',
  'bgp-debounce-timeout',
  'frrk8s-namespace',
] as const satisfies (keyof SpeakerFlags)[]

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
