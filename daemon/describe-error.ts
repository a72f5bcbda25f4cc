const maxCauses = 8

/** The messages of an error and of its causes on one line, outermost first: what failed, then why. */
export function describeError(error: unknown): string {
  const messages: string[] = []
  for (let cause = error; cause !== undefined && messages.length < maxCauses; cause = causeOf(cause)) {
    messages.push(cause instanceof Error ? cause.message || cause.name : String(cause))
  }
  return messages.join(': ')
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
