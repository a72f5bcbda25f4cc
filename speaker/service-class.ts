import type { V1Service } from '@kubernetes/client-node'

/** Whether the Service is for this installation; "" stands for Services that name no class. */
export function isOfClass({ spec }: V1Service, loadBalancerClass: string): boolean {
  return (spec?.loadBalancerClass ?? '') === loadBalancerClass
}
