import type { V1Secret, V1ValidatingWebhookConfiguration } from '@kubernetes/client-node'
import type { ConfigObjects } from '../../config/parse.ts'
import { ipAddressPools } from '../../crds/generated/resources.ts'
import { nodes, secrets, validatingWebhookConfigurations } from '../../kube/core.ts'
import { refOf } from '../../kube/object.ts'
import { type Reflector, reflect } from '../../kube/reflector.ts'
import { keepLabels, openConfigurationWatches, type WatchOptions } from '../watches.ts'
import { configurationName } from './certificate-keeper.ts'

/** What is compared with an object that is to be written. These watches exist only where the webhook is on. */
export function openComparedWatches(options: WatchOptions) {
  const { client, namespace, log, clock } = options
  return {
    ...openConfigurationWatches(options),
    pools: reflect(client, ipAddressPools, { namespace, log, clock }),
    nodes: reflect(client, nodes, { log, clock, transform: ({ metadata }) => ({ metadata: keepLabels(metadata) }) }),
  } satisfies { [K in keyof ConfigObjects]: Reflector<unknown> }
}

/** One object each: rights by name are enough for them. `secret` is namespace/name. */
export function openCertificateWatches(
  { client, log, clock }: WatchOptions,
  secret: string,
): { secret: Reflector<V1Secret>; configuration: Reflector<V1ValidatingWebhookConfiguration> } {
  const { namespace = '', name } = refOf(secret)
  const only = (objectName: string) => ({ log, clock, fieldSelector: `metadata.name=${objectName}` })
  return {
    secret: reflect(client, secrets, { ...only(name), namespace }),
    configuration: reflect(client, validatingWebhookConfigurations, only(configurationName)),
  }
}
