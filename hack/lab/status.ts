import { addressesOf } from './addresses.ts'
import { isAlive, readJournal } from './processes.ts'
import { isOrphan, type LabState } from './state.ts'

const columns: Readonly<Record<string, (lab: LabState) => string | number>> = {
  NAME: ({ name }) => name,
  KIND: ({ kind }) => kind,
  NODES: ({ nodes }) => nodes,
  SUBNET: ({ index }) => (index === undefined ? '-' : addressesOf(index).subnet.v4),
  NAMESPACES: ({ prefix }) => `${prefix}-*`,
  PROCESSES: ({ journal }) => readJournal(journal).filter(isAlive).length,
  OWNER: (lab) => (lab.owner === null ? 'none, it stays' : isOrphan(lab) ? 'gone' : `process ${lab.owner.pid}`),
  SINCE: ({ created }) => created,
}

export function statusTable(labs: readonly LabState[]): string {
  const rows = [Object.keys(columns), ...labs.map((lab) => Object.values(columns).map((cell) => String(cell(lab))))]
  const widths = Object.keys(columns).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
