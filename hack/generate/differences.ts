// The table of differences from MetalLB's definitions inside docs/differences.md; the text around it is written by hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { code, table } from './markdown.ts'
import type { Output } from './output.ts'

interface Difference {
  paths: string[]
  metallb: string
  ours: string
  why: string
}

const path = 'docs/differences.md'
const begin = '<!-- Generated from crds/differences.yaml by `make generate`; do not edit up to the end mark. -->'
const end = '<!-- end of the generated part -->'

export function differences(root: string): Output[] {
  const rows = parse(readFileSync(join(root, 'crds/differences.yaml'), 'utf8')) as Difference[]
  return [{ path, text: replaceMarked(readFileSync(join(root, path), 'utf8'), differencesTable(rows)) }]
}

const differencesTable = (rows: Difference[]): string =>
  table(
    ['Where', 'MetalLB', 'Here', 'Why'],
    rows.map(({ paths, metallb, ours, why }) => [paths.map(code).join(', '), code(metallb), code(ours), why.trim()]),
  )

export function replaceMarked(page: string, part: string): string {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${path}: the marks around the generated part are missing`)
  return `${before}${begin}\n\n${part}\n\n${end}${after}`
}
