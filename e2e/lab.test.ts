import { expect } from 'chai'
import { Cluster } from '../hack/lab/cluster.ts'
import { leftoversOf, processesOf } from '../hack/lab/leftovers.fixture.ts'
import { type WebService, webService } from '../hack/lab/metallb.ts'
import type { LabNode } from '../hack/lab/node.ts'
import { until } from '../hack/lab/wait.ts'

// What the other whole-system tests take for granted of the cluster that they run in; nothing of MetalLB is in it.

const page = { name: 'web', replicas: 3 }

describe('the whole cluster', function () {
  this.timeout(120_000)
  let lab: Cluster

  const get = (...argv: string[]) => lab.kubectl(['get', ...argv])
  const apply = (policy: WebService['externalTrafficPolicy']) =>
    lab.kubectl(['apply', '-f', '-'], { input: webService({ ...page, externalTrafficPolicy: policy }) })
  const serviceField = (path: string) => get('service', 'web', '-o', `jsonpath={${path}}`)

  /** Asks until the page has what is wanted in it: kube-proxy needs a moment after each change. */
  const pageWith = (wanted: string, url: string) =>
    until(`${wanted} from ${url}`, async () => {
      const { status, body } = await lab.client.curl(url, { timeoutMs: 1000 })
      return status === 200 && body.includes(wanted) && body
    })

  const vipUrls = () => [`http://${lab.addresses.vip(0).v4}/`, `http://[${lab.addresses.vip(0).v6}]/`]

  /** As if this node answered ARP and NDP for the address. */
  const pointAt = async ({ mac }: LabNode) => {
    for (const address of Object.values(lab.addresses.vip(0))) {
      const entry = [address, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent']
      expect((await lab.client.exec(['ip', 'neigh', 'replace', ...entry])).stderr).to.equal('')
    }
  }

  before(async () => {
    lab = await Cluster.start({ nodes: 3, images: [] })
    await apply('Cluster')
    await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s'])
    await lab.kubectl(['patch', 'service', 'web', '-p', '{"spec":{"ipFamilyPolicy":"PreferDualStack"}}'])
  })
  after(() => lab?.stop())

  it('has nodes that are Ready, with both addresses and a pod subnet of each family', async () => {
    const { items } = JSON.parse(await get('nodes', '-o', 'json'))
    for (const [i, { metadata, spec, status }] of items.entries()) {
      const { name, address } = lab.node(i + 1)
      expect(metadata.name).to.equal(name)
      expect(status.addresses.map((row: { address: string }) => row.address)).to.include.members([
        address.v4,
        address.v6,
      ])
      expect(spec.podCIDRs).to.deep.equal(Object.values(lab.addresses.podSubnet(i + 1)))
      expect(spec).to.not.have.property('taints')
    }
    expect(items).to.have.length(3)
  })

  it('runs pods, tells their logs and runs programs in them, which reach ClusterIPs', async () => {
    const { items } = JSON.parse(await get('pods', '-l', 'app=web', '-o', 'json'))
    expect(items).to.have.length(3)
    const pod = items[0].metadata.name
    expect(await lab.kubectl(['logs', pod])).to.equal('web: serving on port 8080\n')
    const [v4, v6] = (await serviceField('.spec.clusterIPs[*]')).split(' ')
    for (const clusterAddress of [v4 ?? '', v6 ?? '']) {
      const seen = await until(`an answer from ${clusterAddress}`, () =>
        lab.kubectl(['exec', pod, '--', '/web', 'get', clusterAddress, '80']),
      )
      expect(seen).to.match(/^pod=web-\S+ node=n\d client=/)
    }
  })

  it('serves a NodePort on every node over IPv4 and IPv6', async () => {
    const port = await serviceField('.spec.ports[0].nodePort')
    for (const { address } of lab.nodes) {
      await pageWith('pod=web-', `http://${address.v4}:${port}/`)
      await pageWith('pod=web-', `http://[${address.v6}]:${port}/`)
    }
  })

  it('reaches a pod through any node at an address of the status, with externalTrafficPolicy Cluster', async () => {
    const { v4, v6 } = lab.addresses.vip(0)
    const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: v4 }, { ip: v6 }] } } })
    await lab.kubectl(['patch', 'service', 'web', '--subresource=status', '--type=merge', '-p', patch])
    for (const node of lab.nodes) {
      await pointAt(node)
      for (const url of vipUrls()) await pageWith('pod=web-', url)
    }
  })

  it('reaches the pod of the node itself, which sees the client, with externalTrafficPolicy Local', async () => {
    await apply('Local')
    const nodesOfPods = (await get('pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ')
    const node = lab.nodes.find(({ name }) => name === nodesOfPods[0])
    expect(node, 'a node with a pod').to.not.equal(undefined)
    await pointAt(node as LabNode)
    const [v4 = '', v6 = ''] = vipUrls()
    await pageWith(`node=${node?.name} client=${lab.client.address.v4}\n`, v4)
    await pageWith(`node=${node?.name} client=${lab.client.address.v6}\n`, v6)
  })

  it('shows on a node only what is the node’s: its name, its interfaces, its processes', async () => {
    const node = lab.node(1)
    expect((await node.exec(['hostname'])).stdout).to.equal('n1\n')
    expect((await node.exec(['ls', '/sys/class/net'])).stdout).to.match(/^(cni0\n)?eth0\nlo\n(veth\w+\n)*$/)
    expect((await node.exec(['ps', '-o', 'comm=', '-C', 'etcd,kubelet'])).stdout).to.equal('kubelet\n')
    expect(node.log('kubelet')).to.contain('Started kubelet')
  })

  it('stops a program on a node, and one that runs out of time, and leaves neither of them', async () => {
    const node = lab.node(1)
    const isRunning = async (seconds: string) => (await node.exec(['pgrep', '-f', `sleep ${seconds}`])).code === 0
    const program = node.spawn(['sh', '-c', 'trap "echo asked; exit 3" TERM; echo ready; sleep 71717 & wait'])
    await until('the program', () => program.output() === 'ready\n')
    expect(await program.stop()).to.deep.equal({ code: 3, signal: null })
    expect(program.output()).to.equal('ready\nasked\n')
    const deaf = node.spawn(['sh', '-c', 'trap "" TERM; echo ready; exec sleep 72727'])
    await until('the deaf program', () => deaf.output() === 'ready\n')
    expect((await deaf.stop({ graceMillis: 50 })).signal).to.equal('SIGKILL')
    await until('the end of the deaf program', async () => !(await isRunning('72727')))
    expect(await node.exec(['sleep', '73737'], { timeoutMillis: 300 })).to.include({ code: -1 })
    await until('the end of the slow program', async () => !(await isRunning('73737')))
  })

  it('notices that a node is gone when it is switched off, and takes it back when it is switched on', async () => {
    const node = lab.node(2)
    const condition = () => get('node', 'n2', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
    await node.powerOff()
    expect(await lab.client.curl(`http://${node.address.v4}:10250/`, { timeoutMs: 500 })).to.include({ status: 0 })
    expect(await condition()).to.equal('True')
    await until('the node NotReady', async () => (await condition()) === 'Unknown', { timeoutMillis: 60_000 })
    await node.powerOn()
    expect(await condition()).to.equal('True')
    await lab.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s'])
  })

  it('says which node is switched off when it is asked to run something', async () => {
    const node = lab.node(3)
    await node.powerOff()
    expect(() => node.exec(['true'])).to.throw('node n3 is switched off')
  })

  it('leaves nothing when it stops', async () => {
    const prefix = lab.client.netns.replace('-client', '')
    const processes = await processesOf(prefix)
    expect(processes).to.have.length.above(10)
    expect(await leftoversOf(prefix, processes)).to.have.length.above(processes.length)
    await lab.stop()
    expect(await leftoversOf(prefix, processes)).to.deep.equal([])
  })
})
