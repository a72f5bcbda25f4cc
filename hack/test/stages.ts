/** What `make check` and `make test` run, in order. */

export interface Stage {
  name: string
  /** Arguments of Node. */
  command: string[]
  /** Who counts its tests: mocha, or the program itself in $TEST_TOTALS; otherwise it is one test, its exit status. */
  counted: 'by mocha' | 'by itself' | 'as one'
  needsRoot: boolean
  /** Part of `make check` too. */
  check: boolean
  timeLimitMinutes: number
  environment?: Record<string, string>
}

const tool = (name: string, ...command: string[]): Stage => ({
  name,
  command,
  counted: 'as one',
  needsRoot: false,
  check: true,
  timeLimitMinutes: 5,
})

const mocha = (
  name: string,
  limits: Pick<Stage, 'needsRoot' | 'check' | 'timeLimitMinutes'>,
  files: string[],
): Stage => ({
  name,
  command: ['node_modules/mocha/bin/mocha.js', '--reporter', 'hack/test/reporter.cjs', ...files],
  counted: 'by mocha',
  ...limits,
})

const whole = (name: string, timeLimitMinutes: number, ...command: string[]): Stage => ({
  name,
  command,
  counted: 'as one',
  needsRoot: true,
  check: false,
  timeLimitMinutes,
})

const elsewhere = ['--ignore', 'node_modules/**', '--ignore', 'build/**', '--ignore', 'e2e/**']

export const stages: Stage[] = [
  tool('types', 'node_modules/typescript/bin/tsc', '-p', '.'),
  tool('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  tool('unused', 'node_modules/knip/bin/knip.js', '--no-progress'),
  tool('imports', 'hack/check/imports.ts'),
  tool('generated', 'hack/generate/main.ts', '--check'),
  tool('manifests', 'hack/manifests.ts', '--check'),
  mocha('unit', { needsRoot: false, check: true, timeLimitMinutes: 5 }, [
    ...elsewhere,
    '--ignore',
    '**/*.interop.test.ts',
    '**/*.test.ts',
  ]),
  { ...tool('scenarios', 'parity/main.ts'), counted: 'by itself' },
  mocha('interop', { needsRoot: true, check: false, timeLimitMinutes: 10 }, [...elsewhere, '**/*.interop.test.ts']),
  { ...tool('build', 'hack/build.ts'), check: false },
  { ...tool('image', 'hack/image/main.ts'), check: false },
  mocha('e2e', { needsRoot: true, check: false, timeLimitMinutes: 20 }, ['e2e/**/*.test.ts']),
  { ...whole('demo', 10, 'hack/demo/main.ts'), environment: { DEMO_KEEP: '0' } },
  whole('bench', 15, 'bench/main.ts', '--countable'),
]
