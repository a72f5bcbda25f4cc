import { leaderElectionLease } from '../cdk8s/permissions.ts'
import type { DaemonSettings, Listener } from '../daemon/common-flags.ts'
import {
  booleanFlag,
  choiceFlag,
  FlagError,
  type FlagTable,
  type FlagValues,
  portFlag,
  textFlag,
} from '../daemon/flags.ts'
import { logLevels } from '../daemon/logger.ts'
import { parseTls, tlsVersions } from '../daemon/tls.ts'
import { defaultEnvironment, type Environment } from './environment.ts'

/** MetalLB's operator takes what concerns the operands from the environment alone. */
const fromEnvironment = { environmentOnly: true } as const

export const flags = {
  'enable-leader-election': booleanFlag({ usage: `work only while holding the lease ${leaderElectionLease}` }),
  'log-level': choiceFlag(logLevels, { default: 'info', usage: "least severe level of the operator's own log" }),
  'metrics-addr': textFlag({ default: '0', usage: 'host:port or :port of the metrics (plain HTTP), 0 for none' }),
  port: portFlag({ default: 8080, usage: 'port of /healthz and /readyz, 0 for none' }),
  'pod-name': textFlag({ env: 'POD_NAME', usage: 'who holds the lease; empty: the host name' }),
  'operator-namespace': textFlag({
    ...fromEnvironment,
    env: 'OPERATOR_NAMESPACE',
    required: true,
    usage: 'the namespace that is watched and that the operands run in',
  }),
  'controller-image': textFlag({
    ...fromEnvironment,
    env: 'CONTROLLER_IMAGE',
    default: defaultEnvironment.controllerImage,
    usage: 'image of the controller',
  }),
  'speaker-image': textFlag({
    ...fromEnvironment,
    env: 'SPEAKER_IMAGE',
    default: defaultEnvironment.speakerImage,
    usage: 'image of the speakers',
  }),
  'member-list-bind-port': portFlag({
    ...fromEnvironment,
    env: 'MEMBER_LIST_BIND_PORT',
    default: defaultEnvironment.memberListPort,
    usage: 'port on which speakers talk to each other',
  }),
  'operand-metrics-port': portFlag({
    ...fromEnvironment,
    env: 'METRICS_PORT',
    default: defaultEnvironment.metricsPort,
    usage: 'port of the metrics of controller and speakers',
  }),
  'operand-liveness-port': portFlag({
    ...fromEnvironment,
    env: 'OPERAND_LIVENESS_PORT',
    default: defaultEnvironment.livenessPort,
    usage: 'port of the probes of controller and speakers',
  }),
  'tls-min-version': choiceFlag(tlsVersions, {
    ...fromEnvironment,
    env: 'TLS_MIN_VERSION',
    default: '',
    usage: 'lowest TLS version that the operands accept',
  }),
  'tls-cipher-suites': textFlag({
    ...fromEnvironment,
    env: 'TLS_CIPHER_SUITES',
    usage: 'cipher suites of the operands',
  }),
  'tls-curve-preferences': textFlag({
    ...fromEnvironment,
    env: 'TLS_CURVE_PREFERENCES',
    usage: 'key-exchange groups of the operands',
  }),
  'frrk8s-external-namespace': textFlag({
    ...fromEnvironment,
    env: 'FRRK8S_EXTERNAL_NAMESPACE',
    usage: 'where frr-k8s is that the backend frr-k8s-external uses, unless the MetalLB resource says it',
  }),
} as const satisfies FlagTable

type Flags = FlagValues<typeof flags>

export function environmentOf(values: Flags): Environment {
  return {
    namespace: values['operator-namespace'],
    controllerImage: values['controller-image'],
    speakerImage: values['speaker-image'],
    memberListPort: values['member-list-bind-port'],
    metricsPort: values['operand-metrics-port'],
    livenessPort: values['operand-liveness-port'],
    tls: {
      minVersion: values['tls-min-version'],
      cipherSuites: values['tls-cipher-suites'],
      curvePreferences: values['tls-curve-preferences'],
    },
    frrK8sNamespace: values['frrk8s-external-namespace'],
  }
}

/** Throws FlagError also for TLS settings that only the operands use: they would not start with them. */
export function settingsOf(values: Flags): DaemonSettings {
  const tls = parseTls(values)
  const listener = listenerOf(values['metrics-addr'])
  // Plain HTTP: the operator has no right to ask the API server who scrapes.
  const metrics = listener === undefined ? undefined : { ...listener, secure: false, certificateDirectory: '', tls }
  return {
    logLevel: values['log-level'],
    profileAddress: '',
    ...(metrics === undefined ? {} : { metrics }),
    ...(values.port === 0 ? {} : { health: { port: values.port } }),
  }
}

function listenerOf(address: string): Listener | undefined {
  if (address === '0' || address === '') return undefined
  const { host, port } = /^(?<host>.*):(?<port>\d{1,5})$/.exec(address)?.groups ?? {}
  if (port === undefined) {
    throw new FlagError('bad-value', `flag --metrics-addr has the bad value "${address}": give host:port, :port or 0`)
  }
  return { port: Number(port), ...(host ? { host } : {}) }
}
