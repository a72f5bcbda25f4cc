import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import { Secrets } from './secrets.ts'

export interface SecretFileOptions {
  /** Where the key `secretkey` of the Secret is mounted; empty: no secret. */
  readonly directory: string
  readonly clock: Clock
  /** The file has another text. */
  readonly onChange: () => void
  /** The last text that could be read stays in force. */
  readonly onError: (error: Error) => void
}

/** The kubelet takes a minute or two to bring a change; looking again costs a read of some bytes. */
const lookMillis = 10_000

/** Throws when the file cannot be read at the start: without the secret nobody would understand this speaker. */
export function watchSecretFile(options: SecretFileOptions): { readonly secrets: Secrets; close(): void } {
  const { directory, clock, onChange, onError } = options
  if (directory === '') return { secrets: new Secrets(Buffer.alloc(0), clock.now()), close: () => undefined }
  const read = () => readFileSync(join(directory, 'secretkey'))
  const secrets = new Secrets(read(), clock.now())
  const look = (): void => {
    try {
      if (secrets.replace(read(), clock.now())) onChange()
    } catch (error) {
      onError(error as Error)
    }
    timer = clock.setTimeout(look, lookMillis)
  }
  let timer = clock.setTimeout(look, lookMillis)
  return { secrets, close: () => clock.clearTimeout(timer) }
}
