import type { Benchmark } from './row.ts'
import { sliceBenchmarks } from './slice/slice.ts'

export const benchmarks: Benchmark[] = [...sliceBenchmarks]
