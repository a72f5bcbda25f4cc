import { stringify } from 'yaml'
import { type DualStack, podNetwork } from './addresses.ts'
import { sandboxImage } from './images.ts'

/** The configuration files of a node, one function each. What is set is set for a reason; the rest are defaults. */
export interface NodePlace {
  readonly name: string
  readonly directory: string
  readonly podSubnet: DualStack
  readonly proxyKubeconfig: string
  readonly proxyMode: ProxyMode
}

export type ProxyMode = 'nftables' | 'iptables'

export const kubeletConfig = ({ directory }: NodePlace): string =>
  stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    // The node's own cgroup is the root that it sees.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: '/',
    failCgroupV1: false,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Lowering a score needs CAP_SYS_RESOURCE, which a small virtual machine may not give even to root.
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // There is no PKI: the API server needs no client certificate for logs and exec.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    resolvConf: `${directory}/resolv.conf`,
    volumePluginDir: `${directory}/volume-plugins`,
    serializeImagePulls: false,
    // All nodes share this machine's disk: its fill level must evict nobody.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'nodefs.available': '0%',
      'imagefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'memory.available': '50Mi',
    },
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '2s',
    nodeLeaseDurationSeconds: 20,
  })

export const kubeProxyConfig = ({ name, proxyKubeconfig, proxyMode }: NodePlace): string =>
  stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: proxyMode,
    hostnameOverride: name,
    clientConnection: { kubeconfig: proxyKubeconfig },
    clusterCIDR: `${podNetwork.v4},${podNetwork.v6}`,
    detectLocalMode: 'ClusterCIDR',
    bindAddress: '0.0.0.0',
    nodePortAddresses: ['primary'],
    // Outside the machine's first network namespace these limits are read-only.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    nftables: { minSyncPeriod: '0s', syncPeriod: '30s' },
    iptables: { minSyncPeriod: '0s', syncPeriod: '30s' },
  })

export const cniConfig = ({ podSubnet }: NodePlace): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false, // masqueradeRules does it, for what leaves the pod network only
        hairpinMode: true,
        mtu: 1500,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podSubnet.v4 }], [{ subnet: podSubnet.v6 }]],
          routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  })

export const masqueradeRules = (): string => `
table ip lab-masquerade {
  chain post {
    type nat hook postrouting priority 110
    ip saddr ${podNetwork.v4} ip daddr != ${podNetwork.v4} oifname "eth0" masquerade
  }
}
table ip6 lab-masquerade {
  chain post {
    type nat hook postrouting priority 110
    ip6 saddr ${podNetwork.v6} ip6 daddr != ${podNetwork.v6} oifname "eth0" masquerade
  }
}
`

const snapshottersWithoutUse = ['btrfs', 'devmapper', 'zfs', 'aufs'].map(
  (name) => `io.containerd.snapshotter.v1.${name}`,
)

/** `restrict_oom_score_adj`: without it runc fails for every pod on a machine that lacks CAP_SYS_RESOURCE. */
export const containerdConfig = ({ directory }: NodePlace, tools: { runc: string; cni: string }): string => `
version = 2
disabled_plugins = ${JSON.stringify([...snapshottersWithoutUse, 'io.containerd.internal.v1.opt'])}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${tools.cni}"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "${tools.runc}"
`
