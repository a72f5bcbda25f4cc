import type { Figure } from './scenarios/scenario.ts'

/** Not a number: nothing of the kind happened. */
export function isMissed({ value, most }: Figure): boolean {
  return most !== undefined && value > most
}

export function formatFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length))
  return figures.map((figure) => formatFigure(figure, width)).join('\n')
}

function formatFigure(figure: Figure, width: number): string {
  const { name, value, unit, most } = figure
  const target = most === undefined ? '' : `at most ${most} ${unit}`.trimEnd()
  const verdict = isMissed(figure) ? '  MISSED' : ''
  return `${name.padEnd(width)} ${round(value).padStart(9)} ${unit.padEnd(3)}${target}${verdict}`.trimEnd()
}

function round(value: number): string {
  if (Number.isNaN(value)) return '-'
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(1)
}
