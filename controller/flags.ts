import { commonFlags, commonSettings, type DaemonSettings } from '../daemon/common-flags.ts'
import { booleanFlag, choiceFlag, FlagError, type FlagTable, type FlagValues, textFlag } from '../daemon/flags.ts'

/** MetalLB's flags of the controller; the command lines and manifests of a MetalLB installation go on working. */
export const controllerFlags = {
  ...commonFlags,
  'lb-class': textFlag({ usage: 'load balancer class of the Services to serve; empty: those without a class' }),
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
    usage: 'whether a validating webhook is served; only "disabled" is possible',
  }),
  'disable-cert-rotation': booleanFlag({ usage: 'accepted and unused: there is no webhook' }),
  'cert-dir': textFlag({
    default: '/tmp/k8s-webhook-server/serving-certs',
    usage: 'accepted and unused: there is no webhook',
  }),
  'cert-service-name': textFlag({
    default: 'metallb-webhook-service',
    usage: 'accepted and unused: there is no webhook',
  }),
  'webhook-secret': textFlag({ default: 'metallb-webhook-cert', usage: 'accepted and unused: there is no webhook' }),
  'webhook-http2': booleanFlag({ usage: 'accepted and unused: there is no webhook' }),
  'bgp-type': choiceFlag(['native', 'frr', 'frr-k8s'], {
    env: 'METALLB_BGP_TYPE',
    environmentOnly: true,
    default: 'native',
    usage: 'what speaks BGP',
  }),
} as const satisfies FlagTable

export type ControllerFlags = FlagValues<typeof controllerFlags>

/** Refuses what would otherwise be ignored: whoever asks for a webhook relies on its refusals. */
export function controllerSettings(flags: ControllerFlags): DaemonSettings {
  const mode = flags['webhook-mode']
  if (mode !== 'disabled') {
    const remedy = 'use --webhook-mode=disabled; bad objects are reported in ConfigurationState, events and the log'
    throw new FlagError('bad-value', `flag --webhook-mode=${mode}: this build has no webhook server: ${remedy}`)
  }
  return commonSettings(flags)
}
