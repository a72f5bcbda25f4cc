import { commonFlags, commonSettings, type DaemonSettings } from '../daemon/common-flags.ts'
import { booleanFlag, choiceFlag, FlagError, type FlagTable, type FlagValues, textFlag } from '../daemon/flags.ts'
import { electionFlags, electionSettings } from './election-flags.ts'

/** MetalLB's flags of the controller, whose command lines and manifests go on working, and those of the election. */
export const controllerFlags = {
  ...commonFlags,
  ...electionFlags,
  'lb-class': textFlag({ usage: 'load balancer class of the Services to serve; empty: those without a class' }),
  'ignore-exclude-lb': booleanFlag({
    usage: 'as for the speakers: they announce also from nodes that are labelled to be excluded',
  }),
  'pod-name': textFlag({ env: 'METALLB_POD_NAME', usage: 'name of the pod, which will own the status object' }),
  deployment: textFlag({
    env: 'METALLB_DEPLOYMENT',
    usage: "name of the controller's Deployment, owner of the secret",
  }),
  'ml-secret-name': textFlag({
    env: 'METALLB_ML_SECRET_NAME',
    usage: 'secret for messages between speakers, made if absent; empty: none is made',
  }),
  'webhook-mode': choiceFlag(['enabled', 'disabled', 'onlywebhook'], {
    default: 'disabled',
    usage: 'whether a validating webhook is served (port 9443); onlywebhook: that, and no address is given to anybody',
  }),
  'disable-cert-rotation': booleanFlag({
    usage: "webhook: take the certificate from --cert-dir and leave the configuration's caBundle to whoever made it",
  }),
  'cert-dir': textFlag({
    default: '/tmp/k8s-webhook-server/serving-certs',
    usage: 'webhook: directory with tls.crt and tls.key; used with --disable-cert-rotation',
  }),
  'cert-service-name': textFlag({
    default: 'metallb-webhook-service',
    usage: 'webhook: name of the Service by which API servers reach it',
  }),
  'webhook-secret': textFlag({
    default: 'metallb-webhook-cert',
    usage: 'webhook: secret with its certificates, made and renewed by the controller',
  }),
  'webhook-http2': booleanFlag({ usage: 'accepted and unused: the webhook speaks HTTP/1.1' }),
} as const satisfies FlagTable

export type ControllerFlags = FlagValues<typeof controllerFlags>

/** Refuses at once what would not work later: an object without a name, times that leave no room for each other. */
export function controllerSettings(flags: ControllerFlags): DaemonSettings {
  if (flags['webhook-mode'] !== 'disabled') requireValues(flags, 'cert-service-name', 'webhook-secret')
  electionSettings(flags)
  return commonSettings(flags)
}

function requireValues(flags: ControllerFlags, ...names: ('cert-service-name' | 'webhook-secret')[]): void {
  for (const name of names) {
    if (flags[name] === '') throw new FlagError('bad-value', `flag --${name} is empty: give a name, or leave it out`)
  }
}
