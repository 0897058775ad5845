/** The words of bulkhead.yaml: durations, names, URLs, patterns. Each says what it expects in the words of its error. */
import * as z from 'zod'
import { GATEWAY_LEDGER, MAX_RECORD_STRING } from '../ports.ts'

/** Marks a refinement whose message says what is expected, so that the value is quoted before it. */
const expects = (error: string) => ({ error, params: { expects: true } })

/** `30s`, `10m`, `1h`, `30d`. */
const DURATION = /^([1-9][0-9]{0,5})(s|m|h|d)$/
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
export const duration = z.string().regex(DURATION, 'a duration such as 30s, 10m, 1h or 30d')

/** Milliseconds of a duration that the schema has accepted. */
export const durationMs = (text: string): number => {
  const match = DURATION.exec(text)
  if (match === null) throw new RangeError(`Read duration "${text}": not of the form 10m`)
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
}

/** A secret by its name; the value comes from the platform. */
export const secret = z.strictObject({
  secret: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of a secret, such as PROD_READ_TOKEN, never its value')
    .describe(
      'The name of a secret: a Secrets Store binding or Worker secret; on Deno and locally an environment variable.',
    ),
})

/** DNS label: what may stand in a header, a path, a Durable Object's name. */
export const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a name of lower-case letters, digits and "-", at most 63 characters')
export const clusterName = name.refine((value) => value !== GATEWAY_LEDGER, {
  error: `"${GATEWAY_LEDGER}" is reserved for the ledger of what concerns no cluster`,
})

/** What a person or an identity provider calls something: one line of text. */
export const word = z
  .string()
  .min(1)
  .max(256)
  .refine((value) => !/\p{C}/u.test(value), expects('one line of text without control characters'))

/** A Prometheus label, or a field of an alert (https://prometheus.io/docs/concepts/data_model/). */
export const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, 'a name of letters, digits and "_", such as namespace')

/** From the body's root through keys, and through lists by number. */
export const fieldPath = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}$/, 'a path of keys and numbers, such as alerts.0.labels.ns')

const MAX_WORDS = 200
const list = <T extends z.ZodString>(of: T) => z.array(of).max(MAX_WORDS)
export const words = list(word)

/** `*` is any run of characters in each of these. */
export const namePatterns = list(
  z.string().regex(/^[-a-z0-9*]{1,63}$/, 'a name of lower-case letters, digits and "-", or a pattern of one with "*"'),
)
export const objectPatterns = list(
  z.string().regex(/^[-A-Za-z0-9._:@+*]{1,253}$/, 'the name of an object, or a pattern of one with "*"'),
)
export const resourcePatterns = list(
  z
    .string()
    .regex(
      /^[-a-z0-9*]{1,63}(\.[-a-z0-9.*]{1,253})?(\/[-a-z0-9*]{1,63})?$/,
      'a plural resource such as pods, pods/log, deployments.apps, *.apps or *',
    ),
)

/** Objects by resource, namespace and name. */
export const decoys = list(
  z
    .string()
    .max(MAX_RECORD_STRING)
    .regex(
      /^[a-z0-9][-a-z0-9.]*\/(-|[a-z0-9][-a-z0-9]*)\/[-A-Za-z0-9._:@+]+$/,
      'an object as resource/namespace/name, such as secrets/shop/backup-admin; "-" where there is no namespace',
    ),
)

/** Two while one rotates. */
export const hashes = z
  .array(z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal (64 digits)'))
  .min(1)
  .max(2)
  .describe('SHA-256 of the key, in lower-case hexadecimal: `printf %s "$KEY" | sha256sum`. Two while one rotates.')

export const date = z.iso
  .date({ error: 'a date such as 2027-06-30' })
  .describe('The key is refused from 00:00 UTC of this day on.')

const isBare = (url: URL): boolean => [url.username, url.password, url.search, url.hash].every((it) => it === '')

export const httpsUrl = z.string().refine((value) => {
  const url = URL.parse(value)
  return url !== null && url.protocol === 'https:' && isBare(url)
}, expects('an https URL without user, query or fragment'))

/** Plain http is for loopback only: everything else would carry tokens in the clear. */
const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname))

export const publicUrl = z.string().refine((value) => {
  const url = URL.parse(value)
  return url !== null && url.origin === value.replace(/\/$/, '') && isPrivate(url)
}, expects('an origin such as https://bulkhead.example.com (plain http on loopback only)'))

/** A collector often runs beside the process. */
export const collectorUrl = z.string().refine((value) => {
  const url = URL.parse(value)
  return url !== null && isPrivate(url) && isBare(url)
}, expects('an https URL without user, query or fragment (plain http on loopback only)'))

/** In lower case, as HTTP/2 sends them; those that say what is sent, and who, are not the operator's to set. */
export const headerName = z
  .string()
  .regex(/^(?!(?:host|content-.*|authorization|connection|transfer-encoding)$)[a-z][a-z0-9-]{0,63}$/, {
    error: 'the name of a header in lower case, such as x-api-key; authorization is what bearer is for',
  })

/** Refused until it works: ignoring it would grant more than was asked. */
export const later = (why: string) =>
  z
    .never({ error: `not in this version: ${why}` })
    .describe(`Refused: not in this version (${why}).`)
    .optional()

export const count = z.int().min(1).max(1_000_000_000)
