import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { RecordedKind } from '../crds/parity/compare.ts'
import { createIssued } from '../daemon/x509.ts'
import { FastLab } from '../hack/lab/fast.ts'
import { type CustomObject, namespace, object, peer } from './objects.fixture.ts'

const root = join(import.meta.dirname, '..')
const recorded = join(root, 'crds/parity')
const page = readFileSync(join(root, 'docs/from-metallb.md'), 'utf8')
const service = { namespace, name: 'metallb-webhook-service' }

interface Recorded extends RecordedKind {
  kind: string
  listKind: string
  singular: string
  conversion: { strategy: string; conversionReviewVersions?: string[]; path?: string }
}

/** MetalLB's definition as it was recorded, without descriptions. */
function definitionOf({ group, scope, conversion, versions, ...names }: Recorded): object {
  const { strategy, conversionReviewVersions, path } = conversion
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      ...{ group, scope, names },
      conversion: {
        strategy,
        ...(path && { webhook: { conversionReviewVersions, clientConfig: { service: { ...service, path } } } }),
      },
      versions: versions.map(({ hasDeprecationWarning: _, printerColumns, schema, ...version }) => ({
        ...{ ...version, additionalPrinterColumns: printerColumns, schema: { openAPIV3Schema: schema } },
      })),
    },
  }
}

const listOf = (items: readonly object[]) => ({ apiVersion: 'v1', kind: 'List', items })

const registration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'metallb-webhook-configuration' },
  webhooks: [
    {
      name: 'ipaddresspoolvalidationwebhook.metallb.io',
      admissionReviewVersions: ['v1'],
      clientConfig: { service: { ...service, path: '/validate-metallb-io-v1beta1-ipaddresspool' } },
      rules: [
        {
          apiGroups: ['metallb.io'],
          apiVersions: ['v1beta1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['ipaddresspools'],
        },
      ],
      failurePolicy: 'Fail',
      sideEffects: 'None',
    },
  ],
}

const stored: readonly CustomObject[] = [
  object('IPAddressPool', 'lan', { addresses: ['192.0.2.0/24'] }),
  object('IPAddressPool', 'backwards', { addresses: ['198.51.100.9-198.51.100.1'] }),
  object('BFDProfile', 'fast', { receiveInterval: 50 }),
  // What MetalLB's converter makes of a v1beta1 object that says nothing of these.
  peer('tor', { holdTime: '0s', keepaliveTime: '0s', passwordSecret: {}, bfdProfile: 'fast' }),
]

describe('a cluster of MetalLB, taken over as the page says', function () {
  this.timeout(60_000)
  let lab: FastLab
  const apply = (input: object, ...flags: string[]) =>
    lab.kubectl(['apply', ...flags, '-f', '-'], { input: JSON.stringify(input) })
  const specOf = async (resource: string, name: string) =>
    JSON.parse(await lab.kubectl(['-n', namespace, 'get', resource, name, '-o', 'json'])).spec

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['create', 'namespace', namespace])
    const names = readdirSync(recorded).filter((file) => file.endsWith('.json'))
    await apply(listOf(names.map((name) => definitionOf(JSON.parse(readFileSync(join(recorded, name), 'utf8'))))))
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    await apply(listOf(stored))
    // MetalLB's controller writes its certificate where it is converted and validated.
    const { ca } = await createIssued({ host: service.name, notBefore: new Date(), notAfter: new Date(2 ** 42) })
    const clientConfig = { caBundle: Buffer.from(ca).toString('base64') }
    const patch = JSON.stringify({ spec: { conversion: { webhook: { clientConfig } } } })
    const flags = ['--field-manager=controller', '--type=merge', '-p', patch]
    await lab.kubectl(['patch', 'crd', 'bgppeers.metallb.io', ...flags])
    await apply(registration)

    const commands = page
      .match(/```sh\n([^`]+)```/)![1]!
      .trim()
      .split('\n')
    for (const command of commands) {
      const [program, ...argv] = command.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, '$1'))
      expect(program).to.equal('kubectl')
      await lab.kubectl(argv.map((word) => (word.startsWith('dist/') ? join(root, word) : word)))
    }
  })
  after(() => lab?.stop())

  it('keeps every object as it was stored, readable in every version', async () => {
    for (const { kind, metadata, spec } of stored) expect(await specOf(kind, metadata.name)).to.deep.include(spec!)
    expect(await specOf('bgppeers.v1beta1.metallb.io', 'tor')).to.include({ peerAddress: '192.0.2.1', holdTime: '0s' })
  })

  it('takes changes again, with nobody there to answer a webhook', async () => {
    await apply(object('IPAddressPool', 'new', { addresses: ['203.0.113.0/24'] }))
    const change = JSON.stringify({ spec: { autoAssign: false } })
    await lab.kubectl(['-n', namespace, 'patch', 'ipaddresspool', 'backwards', '--type=merge', '-p', change])
  })

  it('goes by our rules', async () => {
    const answer = await apply(object('IPAddressPool', 'bad', { addresses: ['nonsense'] })).catch(String)
    expect(answer).to.include('spec.addresses[0]')
  })

  it('has nothing left to do for a second apply', async () => {
    await lab.kubectl(['diff', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
  })
})
