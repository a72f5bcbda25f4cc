/** The limit of a condition's message, in characters; more is not read by anybody either. */
const longestText = 32_768
const roomForCount = 30

/** One on each line, as far as there is room. */
export function joinMessages(messages: readonly string[]): string {
  const all = messages.join('\n')
  if (all.length <= longestText) return all
  return `${all.slice(0, longestText - roomForCount)}... (${messages.length} errors in all)`
}
