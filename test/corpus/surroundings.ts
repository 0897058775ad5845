/**
 * Where a credential stands when a cluster's text is read. Each surrounding writes a sample in under a name, as whoever
 * writes there would (escaped, encoded, on one line or on several), and says what must then not be seen: every half of
 * every secret, as it is written there.
 */
import type { Sample } from './format.ts'

export type Door = 'text' | 'log' | 'object'

export interface Placed {
  /** A text, or an object of Kubernetes. */
  readonly content: string | object
  readonly needles: readonly string[]
}

export interface Surrounding {
  readonly name: string
  /** Which way the content goes through the room. */
  readonly door: Door
  place(sample: Sample, name: string): Placed
}

/** Shorter halves would be found by chance. */
const MIN_NEEDLE = 6

const halves = (secret: string): readonly string[] => {
  const middle = Math.ceil(secret.length / 2)
  return [secret.slice(0, middle), secret.slice(middle)].filter((half) => half.length >= MIN_NEEDLE)
}

type Escape = (text: string) => string

const asIs: Escape = (text) => text
const inJson: Escape = (text) => JSON.stringify(text).slice(1, -1)
const twice: Escape = (text) => inJson(inJson(text))
const base64: Escape = (text) => Buffer.from(text).toString('base64')

const needlesOf = (sample: Sample, encode: Escape): readonly string[] =>
  sample.secrets.map(encode).flatMap((secret) => halves(secret))

const text = (
  name: string,
  write: (value: string, key: string, sample: Sample) => string,
  encode: Escape = asIs,
  door: Door = 'text',
): Surrounding => ({
  name,
  door,
  place: (sample, key) => ({ content: write(encode(sample.value), key, sample), needles: needlesOf(sample, encode) }),
})

/** The whole of what is encoded must be gone: where in it the secret stands depends on its offset. */
const wrapped = (name: string, write: (blob: string, key: string) => string, encode: Escape): Surrounding => ({
  name,
  door: 'text',
  place(sample, key) {
    const blob = encode(`${key}=${sample.value}`)
    return { content: write(blob, key), needles: halves(blob) }
  },
})

const object = (name: string, write: (value: string, key: string) => object): Surrounding => ({
  name,
  door: 'object',
  place: (sample, key) => ({ content: write(sample.value, key), needles: needlesOf(sample, inJson) }),
})

const words = (key: string): string[] =>
  key
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
const kebab = (key: string): string => words(key).join('-')
const camel = (key: string): string =>
  words(key)
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
const header = (key: string): string =>
  words(key)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('-')

const yamlBlock = (value: string, key: string): string =>
  value.includes('\n') ? `  ${key}: |\n${value.replace(/^/gm, '    ')}` : `  ${key}: ${value}`

const STAMP = '2026-11-28T10:00:00.123456789Z'

/** Texts and logs. */
export const texts: readonly Surrounding[] = [
  text('YAML', (value, key) => `metadata:\n  name: web\ndata:\n${yamlBlock(value, key)}\n  other: x\n`),
  text(
    'environment file',
    (value, key) => `PORT=8080\n${key}=${value}\nDEBUG=1\n`,
    (it) => it.replaceAll('\n', '\\n'),
  ),
  text('export, quoted', (value, key) => `export ${key}="${value}"\n`, inJson),
  text('JSON', (value, key) => `{"level":"info","${key}":"${value}","attempt":1}`, inJson),
  text('JSON in JSON', (value, key) => `{"level":"info","msg":"{\\"${key}\\":\\"${value}\\",\\"attempt\\":1}"}`, twice),
  text('logfmt', (value, key) => `level=info msg=start ${key}="${value}" attempt=1`, inJson, 'log'),
  text(
    'log line, key and value',
    (value, key) => `${STAMP} INFO  starting with ${key}=${value} for tenant 7`,
    (it) => it.replaceAll('\n', '\\n'),
    'log',
  ),
  text(
    'log lines with timestamps',
    (value, key) => `starting\n${key}: ${value}\ndone`.replace(/^/gm, `${STAMP} `),
    asIs,
    'log',
  ),
  text('end of a line', (value, key) => `I1128 10:00:00.000000 1 main.go:1] read ${key}: ${value}`, inJson, 'log'),
  text('Go map', (value, key) => `config: map[${key}:${value} port:8080]`, inJson),
  text('flag', (value, key) => `/bin/app --port 8080 --${kebab(key)}=${value} --verbose`, inJson),
  text('URL query', (value, key) => `GET /v1/items?page=2&${key}=${value}&limit=5 HTTP/1.1`, encodeURIComponent),
  text('header', (value, key) => `> GET /v1 HTTP/1.1\n> ${header(key)}: ${value}\n> Accept: */*`, inJson),
  wrapped('base64', (blob) => `  payload: ${blob}\n`, base64),
  wrapped('base64, in JSON', (blob) => `{"payload":"${blob}","attempt":1}`, base64),
  wrapped(
    'base64, twice',
    (blob) => `payload ${blob} end`,
    (it) => base64(base64(it)),
  ),
  wrapped(
    'hexadecimal',
    (blob) => `payload ${blob} end`,
    (it) => Buffer.from(it).toString('hex'),
  ),
  text(
    'HTML',
    (value, key) => `<td>${key}=&quot;${value}&quot;</td>`,
    (it) => it.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
  ),
]

/** A sentence in which no name stands beside the credential. */
export const nameless: readonly Surrounding[] = [
  text('sentence', (value) => `${STAMP} INFO  using ${value} for tenant 7`, inJson, 'log'),
  text('quoted', (value) => `upstream said "${value}", retrying`, inJson),
  text('parentheses', (value) => `cannot log in (${value}): try again`, inJson),
  text('end of a sentence', (value) => `cannot log in with ${value}.`, inJson),
  text('cell of a table', (value) => `NAME  NOTE  AGE\nweb   ${value}  5d`, inJson),
]

const pod = (container: object, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { containers: [{ name: 'app', image: 'registry.example.com/shop/web:1.4.2', ...container }] },
})

/** Objects of Kubernetes, in which the place itself tells something. */
export const objects: readonly Surrounding[] = [
  object('Secret', (value, key) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web' },
    data: { [key]: base64(value) },
    stringData: { [key]: value },
  })),
  object('ConfigMap', (value, key) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web' },
    data: { [key]: value, 'app.conf': `port=8080\n${key}=${value}\n` },
  })),
  object('environment variable', (value, key) => pod({ env: [{ name: key, value }] })),
  object('argument', (value, key) => pod({ args: ['--port', '8080', `--${kebab(key)}`, value] })),
  object('annotation', (value, key) => pod({}, { annotations: { [`example.com/${kebab(key)}`]: value } })),
  object('custom resource', (value, key) => ({
    apiVersion: 'example.com/v1',
    kind: 'Shop',
    metadata: { name: 'web' },
    spec: { backend: { [camel(key)]: value } },
  })),
  object('event', (value, key) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1' },
    reason: 'Failed',
    message: `Error: hook failed with ${key}=${value.replaceAll('\n', '\\n')}`,
  })),
]
