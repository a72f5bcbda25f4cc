import { booleanFlag, choiceFlag, type FlagTable, type FlagValues, portFlag, textFlag } from './flags.ts'
import { type LogLevel, logLevels } from './logger.ts'
import { parseTls, type TlsSettings, tlsVersions } from './tls.ts'

/** What runDaemon sets up before a process' own start(), whatever the process calls its flags. */
export interface DaemonSettings {
  logLevel: LogLevel
  /** Absent: no metrics server. */
  metrics?: MetricsSettings
  /** Absent: no health server. */
  health?: Listener
  /** Host and port of the profiling server; empty: none. */
  profileAddress: string
}

export interface Listener {
  /** Absent: all addresses of the node, IPv6 and IPv4. */
  host?: string
  port: number
}

export interface MetricsSettings extends Listener {
  /** HTTPS with authentication and authorization by the API server; false: plain HTTP for everybody. */
  secure: boolean
  /** Holds tls.crt and tls.key; empty: a self-signed certificate is made. */
  certificateDirectory: string
  tls: TlsSettings
}

/** The rows that MetalLB's controller and speaker share; spread them into a process' own table. */
export const commonFlags = {
  'log-level': choiceFlag(logLevels, { default: 'info', usage: 'least severe level that is logged' }),
  namespace: textFlag({
    env: 'METALLB_NAMESPACE',
    usage: "namespace of the configuration; empty: that of the pod's service account",
  }),
  port: portFlag({ default: 9120, usage: 'port of the metrics, 0 for none' }),
  'metrics-secure': booleanFlag({
    default: true,
    usage: 'serve metrics over HTTPS and only to callers that the API server authorizes',
  }),
  'metrics-cert-dir': textFlag({ usage: 'directory with tls.crt and tls.key for the metrics; empty: self-signed' }),
  'health-probe-port': portFlag({ default: 17472, usage: 'port of /healthz and /readyz, 0 for none' }),
  'pprof-bind-address': textFlag({ usage: "host:port that serves V8's CPU and heap profiles; empty: none" }),
  'tls-min-version': choiceFlag(tlsVersions, {
    default: 'VersionTLS13',
    usage: 'lowest TLS version that servers accept',
  }),
  'tls-cipher-suites': textFlag({ usage: "comma-separated cipher suites by Go's names, for TLS 1.2 and lower" }),
  'tls-curve-preferences': textFlag({ usage: 'comma-separated numeric ids of key-exchange groups' }),
  'bgp-type': choiceFlag(['native', 'frr', 'frr-k8s'], {
    env: 'METALLB_BGP_TYPE',
    environmentOnly: true,
    default: 'native',
    usage: 'what speaks BGP',
  }),
} as const satisfies FlagTable

/** The settings of a process whose table contains commonFlags. */
export function commonSettings(flags: FlagValues<typeof commonFlags>): DaemonSettings {
  const { port, 'health-probe-port': healthPort } = flags
  const metrics = {
    port,
    secure: flags['metrics-secure'],
    certificateDirectory: flags['metrics-cert-dir'],
    tls: parseTls(flags),
  }
  return {
    logLevel: flags['log-level'],
    profileAddress: flags['pprof-bind-address'],
    ...(port === 0 ? {} : { metrics }),
    ...(healthPort === 0 ? {} : { health: { port: healthPort } }),
  }
}

/** For a process on the node's own network: probes from this node only. */
export function onLoopback(settings: DaemonSettings): DaemonSettings {
  return settings.health === undefined ? settings : { ...settings, health: { ...settings.health, host: '127.0.0.1' } }
}
