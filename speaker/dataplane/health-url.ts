/** Undefined: the empty text, for no gate. Throws on what cannot be asked. */
export function parseHealthUrl(text: string): URL | undefined {
  if (text === '') return undefined
  const url = URL.parse(text)
  if (url?.protocol === 'http:') return url
  throw new Error('give an address such as http://127.0.0.1:10256/healthz')
}
