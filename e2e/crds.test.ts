import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { findProblems } from '../crds/validate.ts'
import { FastLab } from '../hack/lab/fast.ts'

const root = join(import.meta.dirname, '..')
const manifests = join(root, 'crds/generated/manifests')
const plurals = readdirSync(manifests).map((name) => name.replace('.yaml', ''))
const namespace = 'metallb-system'

interface CustomObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace: string }
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
}

const object = (kind: string, name: string, spec: object, version = 'v1beta1'): CustomObject => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace },
  spec: spec as Record<string, unknown>,
})
const peer = (name: string, spec: object) =>
  object('BGPPeer', name, { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec }, 'v1beta2')

/** The manifests that the reference pages show. */
const examples: [page: string, manifest: string][] = readdirSync(join(root, 'docs/reference')).flatMap((page) =>
  [...readFileSync(join(root, 'docs/reference', page), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, manifest]): [string, string] => [page, manifest!],
  ),
)

describe('the definitions in a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab

  const kubectl = (argv: string[], input?: CustomObject) =>
    lab.kubectl(['-n', namespace, ...argv], input && { input: JSON.stringify(input) })
  const create = (input: CustomObject) => kubectl(['create', '-f', '-'], input)
  const read = async (resource: string, name: string): Promise<CustomObject> =>
    JSON.parse(await kubectl(['get', resource, name, '-o', 'json']))
  const patch = (resource: string, name: string, body: object, ...more: string[]) =>
    kubectl(['patch', resource, name, '--type=merge', '-p', JSON.stringify(body), ...more])
  const refusalOf = (request: Promise<string>): Promise<string> =>
    request.then(
      (answer) => `accepted: ${answer}`,
      (error: Error) => error.message,
    )

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['create', 'namespace', namespace])
    await lab.kubectl(['apply', '-f', manifests])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    await create(peer('known', {}))
  })
  after(() => lab?.stop())

  describe('are taken', () => {
    let definitions: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[]
    before(async () => {
      definitions = JSON.parse(await lab.kubectl(['get', 'crd', '-o', 'json'])).items
    })

    it('every one, with its names', () => {
      expect(definitions.map(({ metadata }) => metadata.name)).to.have.members(
        plurals.map((name) => `${name}.metallb.io`),
      )
      for (const { metadata, status } of definitions) {
        const fulfilled = status.conditions.filter((condition) => condition.status === 'True').map(({ type }) => type)
        expect(fulfilled, metadata.name).to.include.members(['Established', 'NamesAccepted'])
      }
    })

    it('without a complaint about their structure', () => {
      for (const { metadata, status } of definitions) {
        const types = status.conditions.map(({ type }) => type)
        expect(types, metadata.name).to.not.include('NonStructuralSchema')
      }
    })
  })

  describe('defaults', () => {
    const rows: [resource: string, input: CustomObject, defaults: object][] = [
      ['bgppeers', peer('plain', {}), { peerPort: 179, dualStackAddressFamily: false, disableMP: false }],
      [
        'ipaddresspools',
        object('IPAddressPool', 'plain', { addresses: ['192.0.2.0/24'] }),
        { autoAssign: true, avoidBuggyIPs: false },
      ],
      [
        'bgpadvertisements',
        object('BGPAdvertisement', 'plain', {}),
        { aggregationLength: 32, aggregationLengthV6: 128 },
      ],
      ['l2advertisements', object('L2Advertisement', 'plain', {}), {}],
      ['metallbs', object('MetalLB', 'metallb', {}), {}],
    ]
    for (const [resource, input, defaults] of rows) {
      it(`of ${resource}: ${JSON.stringify(defaults)}`, async () => {
        await create(input)
        const { spec } = await read(resource, input.metadata.name)
        expect(spec).to.deep.equal({ ...input.spec, ...defaults })
      })
    }
  })

  describe('refuse on creation', () => {
    const selector = { matchLabels: { tier: 'public' } }
    const rows: [what: string, input: CustomObject, answer: RegExp, by: 'schema' | 'rule'][] = [
      ['a connectTime of zero', peer('x', { connectTime: '0s' }), /connectTime must be between 1s and 65535s/, 'rule'],
      [
        'a connectTime of a day',
        peer('x', { connectTime: '24h' }),
        /connectTime must be between 1s and 65535s/,
        'rule',
      ],
      ['a connectTime of 1.5 s', peer('x', { connectTime: '1500ms' }), /must be a whole number of seconds/, 'rule'],
      [
        'serviceSelectors with aggregated routes',
        object('BGPAdvertisement', 'x', { serviceSelectors: [selector], aggregationLength: 24 }),
        /routes must be single addresses/,
        'rule',
      ],
      [
        'serviceSelectors with aggregated IPv6 routes',
        object('BGPAdvertisement', 'x', { serviceSelectors: [selector], aggregationLengthV6: 64 }),
        /routes must be single addresses/,
        'rule',
      ],
      ['port 0', peer('x', { peerPort: 0 }), /spec\.peerPort.*greater than or equal to 1/, 'schema'],
      ['a port above 16384', peer('x', { peerPort: 16385 }), /spec\.peerPort.*less than or equal to 16384/, 'schema'],
      ['an AS number of 33 bits', peer('x', { peerASN: 2 ** 32 }), /spec\.peerASN/, 'schema'],
      ['localASN 0', peer('x', { localASN: 0 }), /spec\.localASN/, 'schema'],
      ['an unknown dynamicASN', peer('x', { dynamicASN: 'any' }), /supported values: "internal", "external"/, 'schema'],
      [
        'a v1beta1 selector without values',
        object(
          'BGPPeer',
          'x',
          {
            myASN: 1,
            peerASN: 2,
            peerAddress: '192.0.2.1',
            nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] }],
          },
          'v1beta1',
        ),
        /values.*should have at least 1 items/,
        'schema',
      ],
      ['a pool without addresses', object('IPAddressPool', 'x', {}), /spec\.addresses: Required/, 'schema'],
      ['a misspelt field', object('IPAddressPool', 'x', { addresses: [], autoasign: true }), /unknown field/, 'schema'],
      [
        'a detect multiplier of 1',
        object('BFDProfile', 'x', { detectMultiplier: 1 }),
        /spec\.detectMultiplier/,
        'schema',
      ],
      ['an interval of 9 ms', object('BFDProfile', 'x', { receiveInterval: 9 }), /spec\.receiveInterval/, 'schema'],
      ['a TTL of 255', object('BFDProfile', 'x', { minimumTtl: 255 }), /spec\.minimumTtl/, 'schema'],
      [
        'a weight of 0',
        object('L2Advertisement', 'x', { preferredNodeSelectors: [{ weight: 0, preference: selector }] }),
        /preferredNodeSelectors\[0\]\.weight/,
        'schema',
      ],
      [
        'an unknown log level',
        object('MetalLB', 'x', { logLevel: 'loud' }),
        /spec\.logLevel: Unsupported value/,
        'schema',
      ],
      ['a class that is no label', object('MetalLB', 'x', { loadBalancerClass: 'a b' }), /loadBalancerClass/, 'schema'],
      [
        'a quantity that is none',
        object('MetalLB', 'x', { speakerConfig: { resources: { limits: { memory: 'much' } } } }),
        /resources\.limits\.memory/,
        'schema',
      ],
    ]
    for (const [what, input, answer, by] of rows) {
      it(what, async () => {
        expect(await refusalOf(kubectl(['create', '--dry-run=server', '-f', '-'], input))).to.match(answer)
        // our validators know what the schemas say, and leave rules to the API server
        expect(findProblems(input), 'findProblems').to.have.length(by === 'schema' ? 1 : 0)
      })
    }
  })

  it('refuse to change enableGracefulRestart, and say what to do instead', async () => {
    await create(peer('restarting', { enableGracefulRestart: true }))
    const change = patch('bgppeer', 'restarting', { spec: { enableGracefulRestart: false } })
    expect(await refusalOf(change)).to.contain('delete the BGPPeer and create it again')
    await patch('bgppeer', 'restarting', { spec: { holdTime: '30s' } })
  })

  for (const [kind, resource] of [
    ['ServiceL2Status', 'servicel2status'],
    ['ServiceBGPStatus', 'servicebgpstatus'],
  ] as const) {
    it(`keep the subject of a ${kind} for ever`, async () => {
      await create(object(kind, 'subject', {}))
      const setStatus = (status: object) => patch(resource, 'subject', { status }, '--subresource=status')
      await setStatus({ node: 'n1', serviceName: 'web', serviceNamespace: 'shop' })
      for (const field of ['node', 'serviceName', 'serviceNamespace']) {
        const refusal = await refusalOf(setStatus({ [field]: 'other' }))
        expect(refusal).to.contain(`status.${field}`).and.contain('cannot change')
      }
    })
  }

  describe('serve BGPPeer in both versions without a converter', () => {
    const selectors = [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['r1'] }] }]
    const older = { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1', holdTime: '90s', nodeSelectors: selectors }

    it('so that what is written as v1beta1 is read as v1beta2, with its defaults', async () => {
      await create(object('BGPPeer', 'older', older, 'v1beta1'))
      const { apiVersion, spec } = await read('bgppeers.v1beta2.metallb.io', 'older')
      expect(apiVersion).to.equal('metallb.io/v1beta2')
      expect(spec).to.deep.equal({ ...older, peerPort: 179, dualStackAddressFamily: false, disableMP: false })
    })

    it('so that what is written as v1beta2 is read as v1beta1, less the fields that v1beta1 lacks', async () => {
      await create(peer('newer', { vrf: 'red', connectTime: '10s', nodeSelectors: selectors }))
      const { spec } = await read('bgppeers.v1beta1.metallb.io', 'newer')
      const kept = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 179 }
      expect(spec).to.deep.equal({ ...kept, nodeSelectors: selectors })
      expect((await read('bgppeers.v1beta2.metallb.io', 'newer')).spec).to.include({ vrf: 'red', connectTime: '10s' })
    })

    it('and warn whoever uses v1beta1', async () => {
      const get = (version: string) =>
        kubectl(['get', `bgppeers.${version}.metallb.io`, 'known', '--warnings-as-errors'])
      expect(await refusalOf(get('v1beta1'))).to.contain('write metallb.io/v1beta2')
      await get('v1beta2')
    })
  })

  it('explain themselves in kubectl explain', async () => {
    const { description } = parse(readFileSync(join(root, 'crds/schemas/ipaddresspools.yaml'), 'utf8')).versions[0]
      .schema.properties.spec.properties.addresses
    const explained = await lab.kubectl(['explain', 'ipaddresspool.spec.addresses'])
    expect(explained.replace(/\s+/g, ' ')).to.contain(description)
  })

  it('print the columns that they name', async () => {
    const [header, row] = (await kubectl(['get', 'bgppeers', 'known'])).split('\n')
    expect(header?.split(/ {2,}/).map((name) => name.trim())).to.include.members(['ADDRESS', 'ASN', 'BFD PROFILE'])
    expect(row).to.match(/192\.0\.2\.1\s+64513/)
  })

  describe('take the examples of the reference pages', () => {
    it('which exist for every kind', () => {
      expect(examples).to.have.length(plurals.length)
    })

    for (const [page, manifest] of examples) {
      it(page, async () => {
        const example: CustomObject = parse(manifest)
        await kubectl(['apply', '--validate=strict', '--warnings-as-errors', '-f', '-'], example)
        if (!example.status) return
        await kubectl(['replace', '--subresource=status', '--validate=strict', '-f', '-'], example)
        expect((await read(example.kind, example.metadata.name)).status).to.deep.equal(example.status)
      })
    }
  })
})
