import type { V1Service } from '@kubernetes/client-node'

/** Whether a Service is for this load balancer: it asks for the given class, or, when none is given, for no class. */
export function handlesClass({ spec }: V1Service, loadBalancerClass: string): boolean {
  return spec?.loadBalancerClass === undefined
    ? loadBalancerClass === ''
    : loadBalancerClass !== '' && spec.loadBalancerClass === loadBalancerClass
}
