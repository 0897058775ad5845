/**
 * The shape of bulkhead.yaml: one strict zod schema, from which the types and the published JSON Schema are derived.
 * Unknown keys are errors. Secrets are named, never written. Reading YAML (with positions) is `config-yaml.ts`'s work;
 * a Worker gets the JSON that the build made from it.
 */
import * as z from 'zod'
import { DECISIONS, VERBS } from './access.ts'
import { GATEWAY_LEDGER } from './ports.ts'

/** `30s`, `10m`, `1h`, `30d`. */
const DURATION = /^([1-9][0-9]{0,5})(s|m|h|d)$/
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const duration = z.string().regex(DURATION, 'a duration such as 30s, 10m, 1h or 30d')

/** Milliseconds of a duration that the schema has accepted. */
export const durationMs = (text: string): number => {
  const match = DURATION.exec(text)
  if (match === null) throw new RangeError(`Read duration "${text}": not of the form 10m`)
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
}

const secret = z.strictObject({
  secret: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of a secret, such as PROD_READ_TOKEN'),
})
/** DNS label: what may stand in a header, a path, a Durable Object's name. */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and "-", at most 63')
const clusterName = name.refine((value) => value !== GATEWAY_LEDGER, `"${GATEWAY_LEDGER}" is reserved`)
const words = z.array(z.string().min(1).max(256)).max(200)
/** Two while one rotates. */
const hashes = z
  .array(z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal'))
  .min(1)
  .max(2)
const date = z.iso.date()

const httpsUrl = (what: string) =>
  z.string().refine((value) => {
    const url = URL.parse(value)
    return (
      url !== null &&
      url.protocol === 'https:' &&
      url.username === '' &&
      url.password === '' &&
      url.search === '' &&
      url.hash === ''
    )
  }, `${what}: an https URL without user, query or fragment`)

/** Plain http is for loopback only: everything else would carry tokens in the clear. */
const publicUrl = z.string().refine((value) => {
  const url = URL.parse(value)
  if (url === null || url.origin !== value.replace(/\/$/, '')) return false
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
  )
}, 'an origin such as https://bulkhead.example.com (plain http on loopback only)')

const later = (why: string) => z.never({ error: `not in this version: ${why}` }).optional()

const key = z.strictObject({
  name,
  owner: z.string().min(1).max(256),
  sha256: hashes,
  groups: words.default([]),
  expires: date.optional(),
})

const issuer = z.strictObject({
  issuer: httpsUrl('issuer'),
  audience: z.string().min(1),
  groupsClaim: z.string().min(1).default('groups'),
  grants: z
    .array(
      z
        .strictObject({
          clientId: z.string().min(1).optional(),
          scope: z.string().min(1).optional(),
          groups: words.min(1),
        })
        .refine(
          (grant) => grant.clientId !== undefined || grant.scope !== undefined,
          'a grant names clientId, scope or both',
        ),
    )
    .default([]),
})

const operatorPowers = z.array(z.enum(['approve', 'audit', 'freeze'])).default([])
const operator = z.strictObject({
  name: z.string().min(1).max(256),
  sha256: hashes,
  groups: words.default([]),
  may: operatorPowers,
  expires: date.optional(),
})

const identity = z.strictObject({
  keys: z.array(key).default([]),
  issuers: z.array(issuer).default([]),
  operators: z.array(operator).default([]),
  access: z
    .strictObject({
      team: name,
      audience: z.string().min(1),
      groupsClaim: z.string().min(1).default('groups'),
      may: operatorPowers,
    })
    .optional(),
})

const credential = z.union([
  z.strictObject({ token: secret, exec: later('exec plugins run programs') }),
  z.strictObject({ clientCertificate: secret, clientKey: secret }),
])

const cluster = z
  .strictObject({
    server: httpsUrl('server'),
    certificateAuthority: secret.optional(),
    vpcService: z.string().min(1).optional(),
    mtlsBinding: z.string().min(1).optional(),
    jurisdiction: z.enum(['eu', 'fedramp', 'us']).optional(),
    credentials: z.strictObject({ read: credential, change: credential.optional() }),
    /** An over-powered credential is refused unless this says why it is accepted; the override is recorded. */
    acceptOverpowered: z.string().min(1).max(256).optional(),
    impersonate: later('impersonation'),
    exec: later('exec plugins'),
  })
  .refine((it) => it.vpcService === undefined || it.mtlsBinding === undefined, 'vpcService or mtlsBinding, not both')

const rule = z.strictObject({
  name,
  groups: words.optional(),
  callers: words.optional(),
  clusters: words.optional(),
  namespaces: words.optional(),
  names: words.optional(),
  verbs: z.array(z.enum([...VERBS, '*'])).optional(),
  resources: words.optional(),
  when: z.string().min(1).max(4096).optional(),
  decision: z.enum(DECISIONS),
  approvers: words.optional(),
  expiresIn: duration.optional(),
  tainted: z.literal('approve').optional(),
})

const count = z.int().min(1).max(1_000_000_000)
const limits = z.strictObject({
  callsPerMinute: count.default(120),
  changesPerHour: count.default(20),
  bytesPerMinute: count.default(4_000_000),
  pendingPlans: count.default(10),
})

const output = z.strictObject({
  /** One answer's text. A model's context is the scarce thing; 48 kB is about 12,000 tokens. */
  maxBytes: z.int().min(2_000).max(1_000_000).default(48_000),
  /** What is read of a log before the newest part is kept. */
  logBytes: z.int().min(2_000).max(5_000_000).default(100_000),
  personalData: z.enum(['mask', 'pass']).default('mask'),
})

const approvals = z.strictObject({ expiresIn: duration.default('10m'), breakGlass: words.default([]) })

const watch = z.strictObject({
  denialsPerMinute: count.default(20),
  notFoundPerMinute: count.default(30),
  decoys: words.default([]),
  freeze: z.boolean().default(false),
})

const severity = z.enum(['info', 'warning', 'critical'])
const target = z
  .strictObject({
    name,
    slack: secret.optional(),
    webhook: z.strictObject({ url: httpsUrl('webhook'), hmac: secret }).optional(),
    on: z.array(z.enum(['plan', 'decision', 'freeze', 'report'])).min(1),
    minimumSeverity: severity.default('warning'),
  })
  .refine((it) => (it.slack === undefined) !== (it.webhook === undefined), 'slack or webhook, one of them')

const hook = z.strictObject({
  type: z.enum(['alertmanager', 'grafana', 'pagerduty', 'generic']),
  bearer: secret.optional(),
  basic: z.strictObject({ username: z.string().min(1), password: secret }).optional(),
  hmac: secret.optional(),
  paths: z.record(z.string(), z.string()).optional(),
  cluster: z.union([
    clusterName,
    z.strictObject({ label: z.string().min(1), map: z.record(z.string(), clusterName).default({}) }),
  ]),
  notify: words.default([]),
})

const audit = z.strictObject({
  checkpointEvery: duration.default('1h'),
  export: z.strictObject({ url: httpsUrl('export'), bearer: secret }).optional(),
})

/** A number that keeps one configuration inside what a Worker's bundle and one page can hold. */
const MAX_CLUSTERS = 200
const MAX_RULES = 1000

const unique = (names: readonly string[]): string | undefined => names.find((it, index) => names.indexOf(it) !== index)

export const configSchema = z
  .strictObject({
    publicUrl,
    masterKey: secret,
    identity,
    clusters: z
      .record(clusterName, cluster)
      .refine((it) => Object.keys(it).length > 0, 'at least one cluster')
      .refine((it) => Object.keys(it).length <= MAX_CLUSTERS, `at most ${MAX_CLUSTERS} clusters`),
    policy: z.array(rule).max(MAX_RULES).default([]),
    limits: limits.prefault({}),
    output: output.prefault({}),
    approvals: approvals.prefault({}),
    watch: watch.prefault({}),
    notify: z.array(target).default([]),
    hooks: z.record(name, hook).default({}),
    reports: z.strictObject({ keep: duration.default('30d') }).prefault({}),
    audit: audit.prefault({}),
  })
  .superRefine((config, context) => {
    const complain = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const clusters = Object.keys(config.clusters)
    const targets = config.notify.map((it) => it.name)
    for (const [what, names] of [
      ['identity.keys', config.identity.keys.map((it) => it.name)],
      ['identity.operators', config.identity.operators.map((it) => it.name)],
      ['identity.issuers', config.identity.issuers.map((it) => it.issuer)],
      ['policy', config.policy.map((it) => it.name)],
      ['notify', targets],
    ] as const) {
      const twice = unique(names)
      if (twice !== undefined) complain(what.split('.'), `"${twice}" stands here twice; names must differ`)
    }
    const allHashes = [...config.identity.keys, ...config.identity.operators].flatMap((it) => it.sha256)
    if (unique(allHashes) !== undefined) complain(['identity'], 'the same key hash belongs to two parties')
    for (const [index, it] of config.policy.entries()) {
      for (const [at, named] of (it.clusters ?? []).entries()) {
        if (!named.includes('*') && !clusters.includes(named))
          complain(
            ['policy', index, 'clusters', at],
            `no cluster is named "${named}"; there are: ${clusters.join(', ')}`,
          )
      }
    }
    for (const [id, it] of Object.entries(config.hooks)) {
      for (const [at, named] of it.notify.entries()) {
        if (!targets.includes(named)) complain(['hooks', id, 'notify', at], `notify has no target named "${named}"`)
      }
      const mapped = typeof it.cluster === 'string' ? [it.cluster] : Object.values(it.cluster.map)
      for (const named of mapped) {
        if (!clusters.includes(named)) complain(['hooks', id, 'cluster'], `no cluster is named "${named}"`)
      }
    }
  })

/** The configuration, defaults filled in. */
export type Config = z.infer<typeof configSchema>
export type ClusterConfig = Config['clusters'][string]
export type CredentialConfig = ClusterConfig['credentials']['read']
export type PolicyRule = Config['policy'][number]
export type KeyConfig = Config['identity']['keys'][number]
export type IssuerConfig = Config['identity']['issuers'][number]
export type OperatorConfig = Config['identity']['operators'][number]
