import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Settings of the kernel by their path below /proc/sys; what cannot be read is absent. */
export type Settings = ReadonlyMap<string, number>

const hostWide = ['net/core/rmem_max', 'net/core/optmem_max', 'net/ipv6/conf/all/forwarding']
const ofInterfaces = ['arp_ignore', 'arp_announce', 'rp_filter', 'forwarding']

/** More are not looked at: reading takes time from answering. */
const mostInterfaces = 64

/** Interface by interface, with room between them for whatever else there is to do. Never throws for a file. */
export async function readSettings(interfaces: readonly string[], root = '/proc/sys'): Promise<Settings> {
  const settings = new Map<string, number>()
  const read = (path: string): void => {
    const value = readNumber(join(root, path))
    if (value !== undefined) settings.set(path, value)
  }
  hostWide.forEach(read)
  for (const name of ['all', ...interfaces.slice(0, mostInterfaces)]) {
    for (const setting of ofInterfaces) read(settingPath(name, setting))
    read(ipv6OffPath(name))
    await nextTurn()
  }
  return settings
}

export function settingPath(interfaceName: string, setting: string): string {
  return `net/ipv4/conf/${interfaceName}/${setting}`
}

export function ipv6OffPath(interfaceName: string): string {
  return `net/ipv6/conf/${interfaceName}/disable_ipv6`
}

/** The kernel goes by the greater one (Documentation/networking/ip-sysctl.rst); undefined when the interface is not known. */
export function effective(settings: Settings, interfaceName: string, setting: string): number | undefined {
  const own = settings.get(settingPath(interfaceName, setting))
  return own === undefined ? undefined : Math.max(own, settings.get(settingPath('all', setting)) ?? 0)
}

function readNumber(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^-?\d+$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined // not on this kernel, in this namespace, or not any more
  }
}
