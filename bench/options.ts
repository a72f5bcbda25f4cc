/** Another program to be measured in the place of our controller by the `alloc-` rows. */
export interface ForeignAllocator {
  /** A line for the shell, run in a node's network namespace with $KUBECONFIG (all rights) and a pod's variables. */
  readonly command: string
  /** Answers 200 when it is ready; without it, it is ready when it has given a new Service an address. */
  readonly readyUrl: string | undefined
  /** Its metrics; without them the rows that need them cannot be measured. */
  readonly metricsUrl: string | undefined
}

export interface BenchOptions {
  readonly allocator: ForeignAllocator | undefined
}
