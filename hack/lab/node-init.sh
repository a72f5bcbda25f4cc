#!/bin/sh
# Process 1 of a node: makes one network namespace look like a machine of its own, then runs its daemons.
# Started by node.ts inside new mount, pid, uts, ipc and cgroup namespaces. $1 is the node's directory, $2 its name;
# CONTAINERD, KUBELET and KUBE_PROXY are command lines, CGROUPS the names of the cgroup v1 hierarchies.
set -eu
directory=$1 name=$2

hostname "$name"
mount -t proc proc /proc
# The kubelet writes these for the whole machine unless they have its values already: it gets files that have them.
fake() { echo "$2" >"$directory/sysctl-${1##*/}"; mount --bind "$directory/sysctl-${1##*/}" "/proc/sys/$1"; }
fake vm/overcommit_memory 1
fake vm/panic_on_oom 0
fake kernel/panic 10
fake kernel/panic_on_oops 1
fake kernel/keys/root_maxkeys 1000000
fake kernel/keys/root_maxbytes 25000000

# The interfaces of this network namespace, and of the cgroups only this node's.
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755,size=1m tmpfs /sys/fs/cgroup
for hierarchy in $CGROUPS; do
  mkdir "/sys/fs/cgroup/$hierarchy"
  case $hierarchy in systemd) options=none,name=systemd ;; *) options=$hierarchy ;; esac
  mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$hierarchy"
done

# What daemons write at well-known places is this node's own.
mount -t tmpfs -o mode=755,size=64m tmpfs /run
mkdir -p /run/netns /run/lock "$directory/var/lib/kubelet" "$directory/var/log"
mount --bind "$directory/var/lib" /var/lib
mount --bind "$directory/var/log" /var/log
mount --make-rshared / # kubelet and containerd need shared propagation; it ends at this mount namespace

# A machine starts with empty tables.
nft flush ruleset
ip link del cni0 2>/dev/null || true
ip neigh flush all
nft -f "$directory/masquerade.nft"

mkdir -p "$directory/logs"
$CONTAINERD >>"$directory/logs/containerd.log" 2>&1 &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
$KUBELET >>"$directory/logs/kubelet.log" 2>&1 &
$KUBE_PROXY >>"$directory/logs/kube-proxy.log" 2>&1 &
wait # and reap whatever containers leave behind
