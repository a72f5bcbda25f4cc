import { allServing, type Standings } from '../announcement/standing.ts'
import { type Alive, aliveFromApi } from './alive.ts'
import type { Fellows, FellowsHooks, FellowsStores } from './fellows.ts'
import { ApiCompany } from './ownership/api-company.ts'

export interface ApiFellowsOptions {
  readonly node: string
  /** Whether the node's pod is to be Ready: nobody else tells the others that it is not fit. */
  readonly onFit: (isFit: boolean) => void
}

const nobody: Alive = { nodes: new Set(), subscribe: () => undefined }

/** Without a member list: alive is who is Ready at the API server. */
export class ApiFellows implements Fellows {
  readonly company: ApiCompany
  readonly counts = undefined
  readonly memberList = undefined
  readonly #options: ApiFellowsOptions
  readonly #started = Promise.withResolvers<void>()
  #hooks: FellowsHooks | undefined
  #alive = nobody
  #phase: Fellows['phase'] = 'starting'
  #isSettled = false
  #isFit = true

  constructor(options: ApiFellowsOptions) {
    this.#options = options
    this.company = new ApiCompany(options.node)
  }

  get standings(): Standings {
    return allServing(this.#alive.nodes)
  }

  subscribe(listener: () => void): void {
    this.#alive.subscribe(listener)
  }

  get phase(): Fellows['phase'] {
    return this.#phase
  }

  get hasStarted(): Promise<void> {
    return this.#started.promise
  }

  connect(hooks: FellowsHooks): void {
    this.#hooks = hooks
  }

  follow({ nodes, speakerPods }: FellowsStores): void {
    this.#alive = aliveFromApi(nodes, speakerPods)
    this.#conform()
    this.#alive.subscribe(() => this.#conform())
  }

  settled(): void {
    this.#isSettled = true
    this.#judge()
  }

  setFit(isFit: boolean): void {
    this.#isFit = isFit
    this.#judge()
  }

  setMacs(node: string, macs: readonly string[]): void {
    this.company.setMacs(node, macs)
  }

  async leave(): Promise<void> {
    this.#phase = 'leaving'
    this.company.leave()
    this.#hooks?.conform()
  }

  lostContact(): [] {
    return []
  }

  setConfiguration(): void {}
  interfacesChanged(): void {}
  setHearing(): void {}
  close(): void {}

  /** One that has never been fit does not count as started: its pod is not to be Ready. */
  #judge(): void {
    if (!this.#isSettled || this.#phase === 'leaving') return
    this.#phase = this.#isFit ? 'serving' : 'unfit'
    this.#options.onFit(this.#isFit)
    if (this.#isFit) this.#started.resolve()
    this.#hooks?.changed()
  }

  #conform(): void {
    this.company.setAlive(this.#alive.nodes)
    this.#hooks?.macsWanted()
    this.#hooks?.conform()
  }
}
