import { join } from 'node:path'
import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { addressesIn, namespace } from './objects.fixture.ts'

const root = join(import.meta.dirname, '..')

/** On every node, so that there can be one of each. */
const healthPorts = { controller: 17_471, speaker: 17_472 } as const
type Program = keyof typeof healthPorts

export interface ProcessOptions {
  /** Whose network it has; nodes count from 1. */
  readonly node?: number
  /** The ServiceAccount whose rights it has. Default: as the program. */
  readonly account?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A real API server with a manifest of ours applied. Our processes run in the networks of nodes, as pods would. */
export class Installation {
  readonly lab: FastLab
  readonly #accounts = new Map<string, Promise<string>>()

  static async start({ nodes = 1, manifest = 'metallb-native.yaml' } = {}): Promise<Installation> {
    const lab = await FastLab.start({ nodes })
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install', manifest)])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    return new Installation(lab)
  }

  private constructor(lab: FastLab) {
    this.lab = lab
  }

  /** Guarantees: no process is left. */
  stop(): Promise<void> {
    return this.lab.stop()
  }

  /** Resolves when the process runs, which says nothing about it being ready. */
  async spawn(program: Program, options: ProcessOptions = {}): Promise<LabProcess> {
    const { node = 1, account = program, flags = [], env = {} } = options
    const serviceAccount = await this.#accountOf(account)
    const ports = ['--port=0', `--health-probe-port=${healthPorts[program]}`]
    const argv = [process.execPath, join(root, program, 'main.ts'), ...ports, '--log-level=debug', ...flags]
    return this.lab.node(node).spawn(argv, { env: { ...process.env, ...env }, serviceAccount, name: program })
  }

  /** Asked of the API server once: processes can be started without it later. */
  #accountOf(account: string): Promise<string> {
    const known = this.#accounts.get(account) ?? this.lab.serviceAccountDirectory(namespace, account)
    this.#accounts.set(account, known)
    return known
  }

  /** Resolves when the process is ready. */
  async run(program: Program, options: ProcessOptions = {}): Promise<LabProcess> {
    const started = await this.spawn(program, options)
    await until(`the ${program} is ready`, async () => {
      const { status, body } = await this.readiness(program, options.node)
      if (status !== 200) throw new Error(`${body} ${started.output()}`)
      return true
    })
    return started
  }

  readiness(program: Program, node = 1): Promise<{ status: number; body: string }> {
    return this.lab.node(node).curl(`http://127.0.0.1:${healthPorts[program]}/readyz`)
  }

  /** Below our namespace. */
  kubectl(...argv: string[]): Promise<string> {
    return this.lab.kubectl(['-n', namespace, ...argv])
  }

  /** With a verb and its flags, such as `create`. */
  send(verb: readonly string[], ...items: object[]): Promise<string> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    return this.lab.kubectl([...verb, '-f', '-'], { input })
  }

  apply(...items: object[]): Promise<string> {
    return this.send(['apply'], ...items)
  }

  async read<T>(kind: string, name: string, inNamespace = 'default'): Promise<T> {
    return JSON.parse(await this.lab.kubectl(['-n', inNamespace, 'get', kind, name, '-o', 'json']))
  }

  /** In all namespaces. */
  async list<T>(kind: string, ...flags: string[]): Promise<T[]> {
    return JSON.parse(await this.lab.kubectl(['get', kind, '-A', ...flags, '-o', 'json'])).items
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

  eventsOf(name: string, ...selectors: string[]): Promise<CoreV1Event[]> {
    return this.list('events', `--field-selector=${[`involvedObject.name=${name}`, ...selectors].join()}`)
  }

  /** Waits for the event, and returns its message. */
  eventOf(name: string, reason: string): Promise<string> {
    return until(`event ${reason} of ${name}`, async () => (await this.eventsOf(name, `reason=${reason}`))[0]?.message)
  }
}
