import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type {
  V1EndpointSlice,
  V1ManagedFieldsEntry,
  V1Secret,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import { expect } from 'chai'
import { configurationName } from '../controller/webhook/certificate-keeper.ts'
import { ipAddressPools } from '../crds/generated/resources.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { createIssued } from '../daemon/x509.ts'
import type { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { createClient, type KubeClient } from '../kube/client.ts'
import { validatingWebhookConfigurations } from '../kube/core.ts'
import { fromKubeconfig } from '../kube/kubeconfig.ts'
import { createTransport } from '../kube/transport.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, peer, service } from './objects.fixture.ts'

const webhookManifest = join(import.meta.dirname, '../dist/install/metallb-webhook.yaml')
const host = `metallb-webhook-service.${namespace}.svc`
const minuteMillis = 60_000
const greetingMillis = 2_000

/** The webhook's processes with the rights that their manifest gives them; nodes stand for their pods. */
describe('the validating webhook at a real API server', function () {
  this.timeout(120_000)
  let metallb: Installation
  let lab: FastLab
  let client: KubeClient
  const replicas = new Map<number, LabProcess>()

  const apply = (object: object, ...flags: string[]) => metallb.send(['apply', ...flags], object)
  const refusal = async (answer: Promise<unknown>): Promise<string> =>
    answer.then((given) => expect.fail(`accepted: ${given}`), String)
  const pool = (name: string, addresses: string[], metadata: object = {}): IPAddressPool & object => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name, namespace, ...metadata } },
    spec: { addresses },
  })
  const readSecret = () => metallb.read<V1Secret>('secret', 'metallb-webhook-cert', namespace)
  const readConfiguration = async (...flags: string[]): Promise<V1ValidatingWebhookConfiguration> =>
    JSON.parse(
      await metallb.kubectl('get', 'validatingwebhookconfiguration', configurationName, '-o', 'json', ...flags),
    )
  const bundles = async () => (await readConfiguration()).webhooks!.map(({ clientConfig }) => clientConfig.caBundle)
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString()
  const remove = (kind: string, name: string) => metallb.remove(kind, name, namespace)

  async function startReplica(node: number, { account = 'webhook', flags = ['--webhook-mode=onlywebhook'] } = {}) {
    const started = await metallb.run('controller', { node, account, flags })
    replicas.set(node, started)
    return started
  }

  /** What the endpoint slice controller would write. */
  async function route(...nodes: number[]): Promise<void> {
    const endpoints = nodes.map((node) => ({ addresses: [lab.node(node).address.v4], conditions: { ready: true } }))
    const slice: V1EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'webhook', namespace, labels: { 'kubernetes.io/service-name': 'metallb-webhook-service' } },
      addressType: 'IPv4',
      endpoints,
      ports: [{ name: '', port: 9443, protocol: 'TCP' }],
    }
    await apply(slice)
  }

  async function stopReplica(node: number): Promise<void> {
    await replicas.get(node)?.stop()
    replicas.delete(node)
  }

  async function restartReplicas(): Promise<void> {
    for (const [node, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      await route(other)
      await stopReplica(node)
      await startReplica(node)
      await route(1, 2)
    }
  }

  /**
   * Every write changes a label, so that the webhook is asked. The API server keeps its connections, hence each replica is
   * also greeted as on a new one, with what the API server is told to trust.
   */
  async function writePoolsUntil(end: Promise<void>) {
    const failures: string[] = []
    let [answers, ended] = [0, false]
    const ending = end.then(() => {
      ended = true
    })
    while (!ended) {
      const object = pool('lan', ['192.0.2.0/24'], { labels: { round: `r${answers}` } })
      const writing = client.apply(ipAddressPools, object, { fieldManager: 'test', force: true })
      await writing.catch((error: unknown) => failures.push(String(error)))
      const { webhooks } = await client.get(validatingWebhookConfigurations, { name: configurationName })
      const ca = text(webhooks![0]!.clientConfig.caBundle)
      failures.push(
        ...(await Promise.all([1, 2].map((node) => greet(node, ca)))).filter((fault) => fault !== undefined),
      )
      answers += 1
    }
    await ending
    return { answers, failures }
  }

  /** Returns why not; a replica that is not there is not at fault. */
  function greet(node: number, ca: string): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const socket = connect({ host: lab.node(node).address.v4, port: 9443, servername: host, ca })
    socket.on('secureConnect', () => resolve(undefined))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code?.startsWith('ECONN') ? undefined : code))
    socket.setTimeout(greetingMillis, () => resolve(undefined))
    return promise.finally(() => socket.destroy())
  }

  before(async () => {
    metallb = await Installation.start({ nodes: 2 })
    lab = metallb.lab
    client = createClient(createTransport(await fromKubeconfig(lab.kubeconfig)))
    await lab.kubectl(['apply', '--validate=strict', '-f', webhookManifest])
    await Promise.all([startReplica(1), startReplica(2)])
    await route(1, 2)
    await until('the API server finds the webhook', () => apply(pool('lan', ['192.0.2.0/24'])))
  })
  after(async () => {
    await client?.close()
    await metallb?.stop()
  })

  describe('where objects are applied', () => {
    it('refuses what another object is at odds with, in the words of the configuration', async () => {
      expect(await refusal(apply(pool('other', ['192.0.2.128/25'])))).to.include(
        'IPAddressPool other: spec.addresses[0]: "192.0.2.128/25" overlaps other addresses (192.0.2.0/24 of pool lan): let every address be in one range of one pool only',
      )
    })

    it('refuses an object of ours in another namespace', async () => {
      const elsewhere = pool('lost', ['198.51.100.0/24'], { namespace: 'default' })
      expect(await refusal(apply(elsewhere))).to.include('create it in metallb-system')
    })

    it('sees a BGPPeer of either version', async () => {
      const metadata = { name: 'r1', namespace: 'default' }
      for (const version of ['v1beta1', 'v1beta2']) {
        const misplaced = { ...peer('r1', {}, version), metadata }
        expect(await refusal(apply(misplaced)), version).to.include(
          'denied the request: BGPPeer r1: metadata.namespace',
        )
      }
    })

    it('keeps a BFDProfile that a peer uses', async () => {
      await apply(object('BFDProfile', 'fast', {}))
      await apply(peer('r1', { bfdProfile: 'fast' }))
      await until('the peer has been seen', async () =>
        (await refusal(remove('bfdprofile', 'fast'))).includes('BGPPeer r1'),
      )
      await remove('bgppeer', 'r1')
      await until('the profile can be deleted', () => remove('bfdprofile', 'fast'))
    })

    it('shows a warning beside a yes', async () => {
      const outdated = peer('r9', { peerAddress: '192.0.2.9', disableMP: true })
      expect(await refusal(apply(outdated, '--warnings-as-errors'))).to.include('Warning: BGPPeer r9: spec.disableMP')
      await remove('bgppeer', 'r9')
    })
  })

  describe('as an object of the cluster', () => {
    it('owns the caBundle and nothing else, so that a GitOps tool sees no difference', async () => {
      await lab.kubectl(['diff', '-f', webhookManifest])
      const { metadata } = await readConfiguration('--show-managed-fields')
      const own = metadata!.managedFields!.find(({ manager }) => manager === 'metallb-webhook')
      expect(own?.operation).to.equal('Apply')
      expect(leavesOf(own)).to.deep.equal(['f:caBundle', 'f:name'])
    })

    it('keeps its caBundle when the manifest is applied again, by either kind of apply', async () => {
      const before = await bundles()
      await lab.kubectl(['apply', '-f', webhookManifest])
      await lab.kubectl(['apply', '--server-side', '--force-conflicts', '-f', webhookManifest])
      expect(await bundles()).to.deep.equal(before)
      expect((await readSecret()).data).to.include.keys('ca.crt', 'tls.crt', 'tls.key')
    })

    it('puts the caBundle back when somebody changes it', async () => {
      const before = await bundles()
      const patch = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }])
      const configuration = ['validatingwebhookconfiguration', configurationName]
      await lab.kubectl(['patch', ...configuration, '--type=json', '-p', patch])
      await until('it is back', async () => JSON.stringify(await bundles()) === JSON.stringify(before))
    })
  })

  describe('and its certificates', () => {
    it('changes its certificates without refusing a single request', async () => {
      const before = await readSecret()
      // Made as the process makes one, but most of the time to become known has passed.
      const madeMillis = Date.now() - minuteMillis + 5_000
      const validity = { notBefore: new Date(madeMillis - 60 * minuteMillis), notAfter: new Date(madeMillis + 1e10) }
      const { ca, cert, key } = await createIssued({ host, ...validity })
      const encode = (value: string) => Buffer.from(value).toString('base64')
      const data = {
        'ca.crt': encode(`${ca.trim()}\n${text(before.data!['ca.crt'])}`),
        'next.crt': encode(cert),
        'next.key': encode(key),
      }
      const rotated = Promise.withResolvers<void>()
      const writing = writePoolsUntil(rotated.promise)
      await metallb.kubectl('patch', 'secret', 'metallb-webhook-cert', '-p', JSON.stringify({ data }))
      await until('the next certificate has taken over', async () => {
        return text((await readSecret()).data!['tls.crt']) === cert
      })
      await until('both replicas serve it', () =>
        [...replicas.values()].every((replica) => replica.output().includes('serving another certificate')),
      )
      await restartReplicas() // every connection is made anew
      rotated.resolve()
      const { answers, failures } = await writing
      expect(failures).to.deep.equal([])
      expect(answers).to.be.above(20)
      const trusted = text((await bundles())[0])
      expect(trusted).to.include(ca.trim()).and.to.include(text(before.data!['ca.crt']).trim())
    })

    it('makes new certificates when the Secret is deleted, and serves the old ones until the new are known', async () => {
      const { data } = await readSecret()
      await remove('secret', 'metallb-webhook-cert')
      const { data: renewed } = await until('there is another one', readSecret)
      expect(renewed!['tls.crt']).to.equal(data!['tls.crt'])
      expect(renewed).to.include.keys('next.crt', 'next.key')
      await until('API servers are told', async () =>
        (await bundles()).every((bundle) => bundle === renewed!['ca.crt']),
      )
      await apply(pool('after', ['203.0.113.0/24']))
      await remove('ipaddresspool', 'after')
    })
  })

  describe('when no replica is left', () => {
    before(async () => {
      await Promise.all([stopReplica(1), stopReplica(2)])
    })
    after(async () => {
      await Promise.all([startReplica(1), startReplica(2)])
      await until('the API server finds the webhook', () => apply(pool('lan', ['192.0.2.0/24'])))
    })

    it('refuses changes of our own objects within its time limit, and names itself', async () => {
      const startMillis = Date.now()
      const message = await refusal(apply(pool('late', ['203.0.113.0/24'])))
      expect(message).to.include('ipaddresspoolvalidationwebhook.metallb.io')
      expect(Date.now() - startMillis).to.be.below(15_000)
    })

    it('lets Services, pods and everything else be written', async () => {
      const metadata = { name: 'web', namespace: 'default' }
      await apply(service('web'))
      const containers = [{ name: 'web', image: 'web' }]
      await apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } })
      await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    })

    it('lets our own objects be annotated, counted in and deleted', async () => {
      await metallb.kubectl('annotate', 'ipaddresspool', 'lan', 'example.org/seen=yes')
      const status = [
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"assignedIPv4":1,"assignedIPv6":0,"availableIPv4":0,"availableIPv6":0}}',
      ]
      await metallb.kubectl('patch', 'ipaddresspool', 'lan', ...status)
      const metadata = { name: 'old', namespace }
      const profiles = {
        group: 'metallb.io',
        version: 'v1beta1',
        plural: 'bfdprofiles',
        kind: 'BFDProfile',
        namespaced: true,
      }
      expect(await refusal(client.create(profiles, { metadata }))).to.include('bfdprofilevalidationwebhook')
      await remove('ipaddresspool', 'lan')
    })
  })

  describe('with certificates of somebody else (--disable-cert-rotation)', () => {
    let directory: string

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'metallb-test-'))
      await stopReplica(1)
      await route(1)
    })
    after(async () => {
      await stopReplica(1)
      await rm(directory, { recursive: true })
    })

    it('serves what is in the directory, and leaves the caBundle to whoever wrote it', async () => {
      const [notBefore, notAfter] = [new Date(Date.now() - minuteMillis), new Date(Date.now() + 60 * minuteMillis)]
      const { ca, cert, key } = await createIssued({ host, notBefore, notAfter })
      await writeFile(join(directory, 'tls.crt'), cert)
      await writeFile(join(directory, 'tls.key'), key)
      await stopReplica(2)
      await startReplica(1, {
        flags: ['--webhook-mode=onlywebhook', '--disable-cert-rotation', `--cert-dir=${directory}`],
      })
      const caBundle = Buffer.from(ca).toString('base64')
      const paths = (await readConfiguration()).webhooks!.map((_, index) => `/webhooks/${index}/clientConfig/caBundle`)
      const patch = paths.map((path) => ({ op: 'replace', path, value: caBundle }))
      const configuration = ['validatingwebhookconfiguration', configurationName]
      await lab.kubectl(['patch', ...configuration, '--type=json', '-p', JSON.stringify(patch)])
      await until('the API server trusts it', () => apply(pool('lan', ['192.0.2.0/24'])))
      expect(await refusal(apply(pool('other', ['192.0.2.0/25'])))).to.include('overlaps')
      expect(await bundles()).to.deep.equal(paths.map(() => caBundle))
    })
  })

  describe('inside of the controller (--webhook-mode=enabled)', () => {
    let controller: LabProcess

    before(async () => {
      await stopReplica(1)
      const account = `--serviceaccount=${namespace}:controller`
      await metallb.kubectl('create', 'rolebinding', 'controller-webhook', '--role=webhook', account)
      const clusterRole = `--clusterrole=${namespace}:webhook`
      await metallb.kubectl('create', 'clusterrolebinding', 'controller-webhook', clusterRole, account)
      controller = await startReplica(1, { account: 'controller', flags: ['--webhook-mode=enabled'] })
      await route(1)
    })

    it('answers and gives addresses', async () => {
      await apply(pool('lan', ['192.0.2.0/24']))
      expect(await refusal(apply(pool('other', ['192.0.2.0/25'])))).to.include('overlaps')
      await metallb.addressesOf('web')
      expect(controller.output()).to.include('admissionRefused')
    })
  })
})

/** The names of the innermost fields. */
function leavesOf(entry: V1ManagedFieldsEntry | undefined): string[] {
  const leaves = new Set<string>()
  const walk = (fields: object): void => {
    for (const [name, inner] of Object.entries(fields)) {
      if (name === '.') continue
      if (Object.keys(inner).length === 0) leaves.add(name)
      else walk(inner)
    }
  }
  walk(entry?.fieldsV1 ?? {})
  return [...leaves].sort()
}
