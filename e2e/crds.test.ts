import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { DefinitionsLab, manifests, refusalOf } from './crds.fixture.ts'
import { type CustomObject, object, peer } from './objects.fixture.ts'

const root = join(import.meta.dirname, '..')
const plurals = readdirSync(manifests).map((name) => name.replace('.yaml', ''))

const reservation = object('IPReservation', 'plain', { addresses: ['192.0.2.7'], namespace: 'shop' }, 'v1alpha1')

const page = readFileSync(join(root, 'docs/configuration-errors.md'), 'utf8')

/** The manifests that the reference pages show. */
const examples: [page: string, manifest: string][] = readdirSync(join(root, 'docs/reference')).flatMap((page) =>
  [...readFileSync(join(root, 'docs/reference', page), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, manifest]): [string, string] => [page, manifest!],
  ),
)

describe('the definitions in a real API server', function () {
  this.timeout(60_000)
  let lab: DefinitionsLab
  const kubectl = (argv: string[], input?: CustomObject) => lab.kubectl(argv, input)
  const create = (input: CustomObject) => lab.create(input)
  const read = (resource: string, name: string) => lab.read(resource, name)
  const patch = (resource: string, name: string, body: object, ...more: string[]) =>
    lab.patch(resource, name, body, ...more)

  before(async () => {
    lab = await DefinitionsLab.start()
    await create(peer('known', {}))
  })
  after(() => lab?.stop())

  describe('are taken', () => {
    let definitions: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[]
    before(async () => {
      definitions = JSON.parse(await kubectl(['get', 'crd', '-o', 'json'])).items
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
      ['bgppeers', peer('plain', {}), { peerPort: 179 }],
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
      ['ipreservations', reservation, {}],
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

  it('refuse to change enableGracefulRestart, and say what to do instead', async () => {
    await create(peer('restarting', { enableGracefulRestart: true }))
    const change = patch('bgppeer', 'restarting', { spec: { enableGracefulRestart: false } })
    expect(await refusalOf(change)).to.contain('delete the BGPPeer and create it again')
    await patch('bgppeer', 'restarting', { spec: { holdTime: '30s' } })
  })

  it('accept enableGracefulRestart in a BGPPeer that said nothing about it, as MetalLB does', async () => {
    await create(peer('undecided', {}))
    await patch('bgppeer', 'undecided', { spec: { enableGracefulRestart: true } })
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
    const newest = { connectTime: '10s', dualStackAddressFamily: true, enableGracefulRestart: true, vrf: 'red' }
    const [v1beta1, v1beta2] = ['bgppeers.v1beta1.metallb.io', 'bgppeers.v1beta2.metallb.io']

    it('so that what is written as v1beta1 is read as v1beta2, with its defaults', async () => {
      await create(object('BGPPeer', 'older', older, 'v1beta1'))
      const { apiVersion, spec } = await read(v1beta2, 'older')
      expect(apiVersion).to.equal('metallb.io/v1beta2')
      expect(spec).to.deep.equal({ ...older, peerPort: 179 })
    })

    it('so that what is written as v1beta2 is read as v1beta1, less the fields that v1beta1 lacks', async () => {
      await create(peer('newer', { ...newest, nodeSelectors: selectors }))
      const { spec } = await read(v1beta1, 'newer')
      const kept = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 179 }
      expect(spec).to.deep.equal({ ...kept, nodeSelectors: selectors })
      expect((await read(v1beta2, 'newer')).spec).to.include(newest)
    })

    it('and warn whoever uses v1beta1, also of what an update loses', async () => {
      const get = (version: string) => kubectl(['get', version, 'known', '--warnings-as-errors'])
      const warning = await refusalOf(kubectl(['get', v1beta1, 'known', '--warnings-as-errors']))
      expect(warning).to.contain('write metallb.io/v1beta2')
      expect(warning).to.contain('an update as v1beta1 drops the fields that only v1beta2 has')
      await get(v1beta2)
    })

    it('so that an update as v1beta1 drops what only v1beta2 has', async () => {
      await create(peer('updated', newest))
      const seen = await read(v1beta1, 'updated')
      await kubectl(['replace', '-f', '-'], { ...seen, spec: { ...seen.spec, holdTime: '30s' } })
      const { spec } = await read(v1beta2, 'updated')
      expect(spec).to.include({ holdTime: '30s' })
      expect(spec).to.not.have.any.keys(...Object.keys(newest))
    })

    describe('and, of those who apply on the server', () => {
      const applyAs = (manager: string, input: CustomObject) =>
        kubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'], input)

      it('let one go over from v1beta1 to v1beta2, and then use what is new there', async () => {
        for (const version of ['v1beta1', 'v1beta2']) await applyAs('tool', object('BGPPeer', 'moved', older, version))
        await applyAs('tool', object('BGPPeer', 'moved', { ...older, ...newest }, 'v1beta2'))
        expect((await read(v1beta2, 'moved')).spec).to.include(newest)
      })

      it('let each use its version', async () => {
        await applyAs('first', object('BGPPeer', 'shared', older, 'v1beta1'))
        await applyAs('second', object('BGPPeer', 'shared', older, 'v1beta2'))
        await applyAs('first', object('BGPPeer', 'shared', older, 'v1beta1'))
      })

      it('stop one that would use both at once, until the owners of the fields are forgotten', async () => {
        await applyAs('tool', object('BGPPeer', 'hasty', older, 'v1beta1'))
        const hasty = object('BGPPeer', 'hasty', { ...older, ...newest }, 'v1beta2')
        expect(await refusalOf(applyAs('tool', hasty))).to.include('field not declared in schema')
        const remedy = JSON.parse(page.match(/'(\[.*managedFields.*\])'/)![1]!)
        await kubectl(['patch', v1beta2, 'hasty', '--type=json', '-p', JSON.stringify(remedy)])
        await applyAs('tool', hasty)
        expect((await read(v1beta2, 'hasty')).spec).to.include(newest)
      })
    })

    const inexpressible: [what: string, spec: object][] = [
      ['unnumbered', { peerAddress: undefined, interface: 'eth1' }],
      ['dynamic', { peerASN: undefined, dynamicASN: 'external' }],
    ]
    for (const [name, part] of inexpressible) {
      it(`and refuse an update as v1beta1 of a peer that v1beta1 cannot express: ${name}`, async () => {
        await create(peer(name, part))
        const before = await read(v1beta2, name)
        const updates = [
          kubectl(['replace', '-f', '-'], await read(v1beta1, name)),
          patch(v1beta1, name, { metadata: { labels: { rack: 'r1' } } }),
          patch(v1beta1, name, { spec: { holdTime: '30s' } }),
        ]
        for (const update of updates)
          expect(await refusalOf(update)).to.match(/use metallb\.io\/v1beta2|spec\.peer\w+: Required/)
        expect(await read(v1beta2, name)).to.deep.equal(before)
      })
    }

    describe('and keep a port of 0 and timers of 0s, which MetalLB stored', () => {
      const stored = {
        myASN: 1,
        peerASN: 2,
        peerAddress: '192.0.2.1',
        peerPort: 0,
        holdTime: '0s',
        keepaliveTime: '0s',
      }
      before(() => create(object('BGPPeer', 'stored', stored, 'v1beta1')))
      const unharmed = async (more: object = {}) =>
        expect((await read(v1beta2, 'stored')).spec).to.deep.equal({ ...stored, ...more })

      it('when they are read as v1beta2', () => unharmed())

      it('when they are written back as v1beta2 as they are', async () => {
        await kubectl(['replace', '-f', '-'], await read(v1beta2, 'stored'))
        await unharmed()
      })

      it('when a label is put on the object', async () => {
        await patch(v1beta2, 'stored', { metadata: { labels: { rack: 'r1' } } })
        await unharmed()
      })

      it('when another field changes', async () => {
        await patch(v1beta2, 'stored', { spec: { bfdProfile: 'fast' } })
        await unharmed({ bfdProfile: 'fast' })
      })

      it('when the object is exported as v1beta2 and created again', async () => {
        const { apiVersion, kind, metadata, spec } = await read(v1beta2, 'stored')
        await kubectl(['delete', v1beta2, 'stored'])
        const { name, namespace } = metadata
        await create({ apiVersion, kind, metadata: { name, namespace }, spec: spec! })
        await unharmed({ bfdProfile: 'fast' })
      })
    })
  })

  it('explain themselves in kubectl explain', async () => {
    const { description } = parse(readFileSync(join(root, 'crds/schemas/ipaddresspools.yaml'), 'utf8')).versions[0]
      .schema.properties.spec.properties.addresses
    const explained = await kubectl(['explain', 'ipaddresspool.spec.addresses'])
    expect(explained.replace(/\s+/g, ' ')).to.contain(description)
  })

  it('print the columns that they name', async () => {
    const [header, row] = (await kubectl(['get', 'bgppeers', 'known'])).split('\n')
    expect(header?.split(/ {2,}/).map((name) => name.trim())).to.include.members(['ADDRESS', 'ASN', 'BFD PROFILE'])
    expect(row).to.match(/192\.0\.2\.1\s+64513/)
  })

  it('print for whom an IPReservation is, by its short name', async () => {
    const addresses = ['192.0.2.7']
    const service = { namespace: 'shop', name: 'web' }
    await create(object('IPReservation', 'for-service', { addresses, service }, 'v1alpha1'))
    await create(object('IPReservation', 'for-namespace', { addresses, namespace: 'shop' }, 'v1alpha1'))
    const printed = await kubectl(['get', 'ipres', 'for-namespace', 'for-service'])
    const rows = printed.split('\n').map((row) => row.split(/ {2,}/).map((cell) => cell.trim()))
    expect(rows[0]).to.deep.equal(['NAME', 'ADDRESSES', 'SERVICE', 'NAMESPACE', 'EXPIRES', 'ACTIVE', 'AGE'])
    expect(rows[1]?.slice(0, 3)).to.deep.equal(['for-namespace', '["192.0.2.7"]', 'shop'])
    expect(rows[2]?.slice(0, 4)).to.deep.equal(['for-service', '["192.0.2.7"]', 'web', 'shop'])
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
