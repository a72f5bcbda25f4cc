import type { V1ValidatingWebhookConfiguration } from '@kubernetes/client-node'
import { expect } from 'chai'
import { webhookInstallation } from './installations.ts'
import { webhookPermissions } from './permissions.ts'

const objects = webhookInstallation()
const configuration = objects.find(
  ({ kind }) => kind === 'ValidatingWebhookConfiguration',
) as unknown as V1ValidatingWebhookConfiguration
const entries = configuration.webhooks!

describe('the addition of a webhook', () => {
  it('has the names and paths of MetalLB, and those of our own kind', () => {
    expect(entries.map(({ name, clientConfig }) => `${name} ${clientConfig.service?.path}`)).to.deep.equal([
      'ipaddresspoolvalidationwebhook.metallb.io /validate-metallb-io-v1beta1-ipaddresspool',
      'l2advertisementvalidationwebhook.metallb.io /validate-metallb-io-v1beta1-l2advertisement',
      'bgpadvertisementvalidationwebhook.metallb.io /validate-metallb-io-v1beta1-bgpadvertisement',
      'bgppeersvalidationwebhook.metallb.io /validate-metallb-io-v1beta2-bgppeer',
      'communityvalidationwebhook.metallb.io /validate-metallb-io-v1beta1-community',
      'bfdprofilevalidationwebhook.metallb.io /validate-metallb-io-v1beta1-bfdprofile',
      'bfdprofiledeletionwebhook.metallb.io /validate-metallb-io-v1beta1-bfdprofile',
      'ipreservationvalidationwebhook.metallb.io /validate-metallb-io-v1alpha1-ipreservation',
    ])
  })

  it('concerns our own kinds alone, and none of their subresources', () => {
    for (const { rules } of entries)
      for (const { apiGroups, resources } of rules!) {
        expect(apiGroups).to.deep.equal(['metallb.io'])
        expect(resources!.join()).not.to.match(/[*/]/)
      }
  })

  it('lets nothing fail that deletes', () => {
    const deleting = entries.filter(({ rules }) => rules![0]!.operations!.includes('DELETE'))
    expect(deleting.map(({ failurePolicy }) => failurePolicy)).to.deep.equal(['Ignore'])
  })

  it('leaves the caBundle to the process', () => {
    expect(JSON.stringify(objects)).not.to.contain('caBundle')
  })

  it('selects the pods that it brings', () => {
    const spec = (kind: string) => objects.find((object) => object.kind === kind)?.['spec'] as Record<string, unknown>
    const { template } = spec('Deployment') as { template: { metadata: { labels: object } } }
    expect(spec('Service')['selector']).to.deep.equal(template.metadata.labels)
  })

  it('may read no Secret but its own, and change nothing of Services or nodes', () => {
    const { cluster, namespace } = webhookPermissions
    const named = [...cluster, ...namespace].filter(({ verbs }) =>
      verbs.some((verb) => /update|patch|delete/.test(verb)),
    )
    expect(named.map(({ resources, resourceNames }) => [resources, resourceNames])).to.deep.equal([
      [['validatingwebhookconfigurations'], ['metallb-webhook-configuration']],
      [['secrets'], ['metallb-webhook-cert']],
    ])
    const secrets = namespace.filter(({ resources, verbs }) => resources?.includes('secrets') && verbs.includes('get'))
    expect(secrets.map(({ resourceNames }) => resourceNames)).to.deep.equal([['metallb-webhook-cert']])
  })
})
