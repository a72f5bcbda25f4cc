import { allocationBenchmarks } from './allocation/allocation.ts'
import { kubeBenchmarks } from './kube/kube.ts'
import { layer2Benchmarks } from './layer2/layer2.ts'
import type { BenchOptions } from './options.ts'
import type { Benchmark } from './row.ts'
import { sliceBenchmarks } from './slice/slice.ts'

export const benchmarks = (options: BenchOptions): Benchmark[] => [
  ...kubeBenchmarks,
  ...sliceBenchmarks,
  ...allocationBenchmarks(options),
  ...layer2Benchmarks(),
]
