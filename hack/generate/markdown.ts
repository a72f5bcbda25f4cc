// The little Markdown that the reference pages need.

/** A table; `|` and line breaks inside cells are made harmless. */
export function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n')
}

export const code = (text: string): string => `\`${text}\``

/** The part of a link after `#` with which GitHub and others reach a heading. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')

const cell = (text: string): string => escapeAngles(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

/** `<name>` outside of code would be taken for HTML. */
const escapeAngles = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`')
