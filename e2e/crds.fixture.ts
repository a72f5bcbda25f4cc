// A real API server with the generated definitions, and short ways to ask it what it thinks of an object.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import * as resources from '../crds/generated/resources.ts'
import { FastLab } from '../hack/lab/fast.ts'
import { ApiError } from '../kube/error.ts'
import { fromKubeconfig } from '../kube/kubeconfig.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import { type CustomObject, namespace, object } from './objects.fixture.ts'

export const manifests = join(import.meta.dirname, '../crds/generated/manifests')

const constraints = ['x-kubernetes-validations', 'minimum', 'maximum', 'minItems', 'maxItems', 'maxLength']

/** A new directory with the definitions without rules and limits: what these accept may have been stored before ours came. */
export function writeLenientDefinitions(): string {
  const directory = mkdtempSync(join(tmpdir(), 'metallb-ts-definitions-'))
  const lenient = (key: string, value: unknown) =>
    constraints.includes(key) || (key === 'enum' && Array.isArray(value)) ? undefined : value
  for (const name of readdirSync(manifests)) {
    const { spec, ...definition } = parse(readFileSync(join(manifests, name), 'utf8'))
    const text = JSON.stringify({ ...definition, spec: JSON.parse(JSON.stringify(spec, lenient)) })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

/** Of a request that the API server should refuse. */
export const refusalOf = (request: Promise<string>): Promise<string> =>
  request.then(
    (answer) => `accepted: ${answer}`,
    (error: Error) => error.message,
  )

export class DefinitionsLab {
  readonly #lab: FastLab
  readonly #transport: Transport

  private constructor(lab: FastLab, transport: Transport) {
    this.#lab = lab
    this.#transport = transport
  }

  static async start(definitions = manifests): Promise<DefinitionsLab> {
    const lab = await FastLab.start({ nodes: 1 })
    const started = new DefinitionsLab(lab, createTransport(await fromKubeconfig(lab.kubeconfig)))
    await started.kubectl(['create', 'namespace', namespace])
    await started.install(definitions)
    return started
  }

  /** `definitions`: a file or a directory. */
  async install(definitions: string): Promise<void> {
    await this.kubectl(['apply', '--server-side', '--force-conflicts', '-f', definitions])
    await this.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
  }

  /** The API server goes on with the former rules for a moment after a definition has changed. */
  async rulesInForce(): Promise<void> {
    const deadline = Date.now() + 10_000
    while ((await this.objection(object('IPAddressPool', 'probe', { addresses: ['nowhere'] }))) === undefined) {
      if (Date.now() > deadline) throw new Error('the rules of the definitions are not in force after 10 s')
      await setTimeout(50)
    }
  }

  kubectl(argv: readonly string[], input?: CustomObject): Promise<string> {
    return this.#lab.kubectl(['-n', namespace, ...argv], input && { input: JSON.stringify(input) })
  }

  create(input: CustomObject): Promise<string> {
    return this.kubectl(['create', '-f', '-'], input)
  }

  async read(resource: string, name: string): Promise<CustomObject> {
    return JSON.parse(await this.kubectl(['get', resource, name, '-o', 'json']))
  }

  patch(resource: string, name: string, body: object, ...more: string[]): Promise<string> {
    return this.kubectl(['patch', resource, name, '--type=merge', '-p', JSON.stringify(body), ...more])
  }

  /** What the API server has against the creation of `input`, which is only tried; undefined: nothing. */
  async objection(input: CustomObject): Promise<string | undefined> {
    const { plural } = Object.values(resources).find(({ kind }) => kind === input.kind)!
    const path = `/apis/${input.apiVersion}/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`
    try {
      const body = JSON.stringify(input)
      await this.#transport.send({ what: 'try', method: 'POST', path, contentType: 'application/json', body })
      return undefined
    } catch (error) {
      if (error instanceof ApiError && error.code === 'refused') return error.message
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#transport.close()
    await this.#lab.stop()
  }
}
