import { kubeBenchmarks } from './kube/kube.ts'
import type { Benchmark } from './row.ts'
import { sliceBenchmarks } from './slice/slice.ts'

export const benchmarks: Benchmark[] = [...kubeBenchmarks, ...sliceBenchmarks]
