import { join } from 'node:path'
import type { V1Service } from '@kubernetes/client-node'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

const root = join(import.meta.dirname, '..')
export const namespace = 'metallb-system'

/** A real API server with our installation applied, and one controller that runs with the rights of its own account. */
export class ControllerLab {
  readonly lab: FastLab
  readonly #serviceAccount: string

  static async start(): Promise<ControllerLab> {
    const lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    return new ControllerLab(lab, await lab.serviceAccountDirectory(namespace, 'controller'))
  }

  private constructor(lab: FastLab, serviceAccount: string) {
    this.lab = lab
    this.#serviceAccount = serviceAccount
  }

  /** Not waited for. */
  spawnController(env: Readonly<Record<string, string>> = {}): LabProcess {
    const argv = [process.execPath, join(root, 'controller/main.ts'), '--port=0', '--log-level=debug']
    const environment = { ...process.env, METALLB_POD_NAME: 'controller-a', ...env }
    const options = { env: environment, serviceAccount: this.#serviceAccount, name: 'controller' }
    return this.lab.node(1).spawn(argv, options)
  }

  async startController(env?: Readonly<Record<string, string>>): Promise<LabProcess> {
    const started = this.spawnController(env)
    await until('the controller is ready', async () => {
      const { status, body } = await this.lab.node(1).curl('http://127.0.0.1:17472/readyz')
      if (status !== 200) throw new Error(`${body} ${started.output()}`)
      return true
    })
    return started
  }

  apply(...objects: object[]): Promise<string> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects }
    return this.lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) })
  }

  async read<T>(kind: string, name: string, inNamespace = 'default'): Promise<T> {
    return JSON.parse(await this.lab.kubectl(['-n', inNamespace, 'get', kind, name, '-o', 'json']))
  }

  remove(kind: string, name: string, inNamespace = 'default'): Promise<string> {
    return this.lab.kubectl(['-n', inNamespace, 'delete', kind, name, '--wait=false'])
  }

  /** Waits until the Service has an address. */
  addressesOf(name: string, inNamespace = 'default'): Promise<string[]> {
    return until(`service ${name} has an address`, async () => {
      const addresses = addressesIn(await this.read<V1Service>('service', name, inNamespace))
      return addresses.length > 0 && addresses
    })
  }

  /** Waits for the event, and returns its message. */
  eventOf(name: string, reason: string): Promise<string> {
    return until(`event ${reason} of ${name}`, async () => {
      const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`
      const { items } = JSON.parse(await this.lab.kubectl(['get', 'events', '-A', selector, '-o', 'json']))
      return items[0]?.message as string | undefined
    })
  }
}

export function addressesIn({ status }: V1Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

export function poolOf(name: string, spec: object): object {
  return { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name, namespace }, spec }
}

export function serviceOf(name: string, metadata: object = {}, spec: object = {}): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', ...metadata } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
  }
}
