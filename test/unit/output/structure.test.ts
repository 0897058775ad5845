/** Kubernetes objects: every place where a secret can be, and every place where one only seems to be. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARK } from '../../../src/guard/output/marks.ts'
import { redactObject } from '../../../src/guard/output/structure.ts'
import type { Json } from '../../../src/tool.ts'
import { BODY, jwt, mark, pem, rules } from './support.ts'

const CANARY = 'Canary7f3aZq'
const redact = <T extends object>(object: T, kind?: string) =>
  redactObject(object, { ...rules, maxString: 48_000, ...(kind === undefined ? {} : { kind }) })
const kube = (kind: string, rest: Record<string, Json>): Record<string, Json> => ({ apiVersion: 'v1', kind, ...rest })
const pod = (container: Record<string, Json>, metadata: Record<string, Json> = {}) =>
  kube('Pod', {
    metadata: { name: 'web', ...metadata },
    spec: { containers: [{ name: 'web', image: 'web:1', ...container }] },
  })
const data = (value: Json) => kube('ConfigMap', { data: { 'app.conf': value } })
const release = btoa(btoa(`\x1f\x8b\x08\0${CANARY.repeat(20)}`))

/** THREATS.md L2-2, as far as an object carries it. */
const CARRIERS: readonly (readonly [string, Record<string, Json>, string?])[] = [
  ['Secret data', kube('Secret', { data: { password: btoa(CANARY) } })],
  ['Secret stringData', kube('Secret', { stringData: { password: CANARY } })],
  ['an immutable Secret', kube('Secret', { immutable: true, data: { any: btoa(CANARY) } })],
  [
    'dockerconfigjson',
    kube('Secret', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': btoa(CANARY) } }),
  ],
  ['a Secret whose data is no base64', kube('Secret', { data: { any: `${CANARY}!` } })],
  ['a Secret whose data is no map', kube('Secret', { data: [CANARY] })],
  ['a Secret that does not say so, in a list', { metadata: {}, data: { any: btoa(CANARY) } }, 'Secret'],
  ['an object of unknown kind', { metadata: {}, data: { any: btoa(CANARY) } }],
  ['a SecretList', kube('SecretList', { items: [{ data: { any: btoa(CANARY) } }] })],
  [
    'a List',
    kube('List', { items: [kube('Secret', { data: { any: btoa(CANARY) } }), { data: { any: btoa(CANARY) } }] }),
  ],
  ['a Secret in a template', kube('Bundle', { spec: { objects: [kube('Secret', { stringData: { any: CANARY } })] } })],
  ['a Helm release in a Secret', kube('Secret', { type: 'helm.sh/release.v1', data: { release: btoa(release) } })],
  [
    'a Helm release in a ConfigMap',
    kube('ConfigMap', { metadata: { labels: { owner: 'helm' } }, data: { release: `${CANARY}` } }),
  ],
  ['a Helm release anywhere', kube('Release', { spec: { blob: release } })],
  [
    'last-applied-configuration',
    pod({}, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': CANARY } }),
  ],
  ['ConfigMap key', kube('ConfigMap', { data: { DB_PASSWORD: CANARY } })],
  ['ConfigMap file', kube('ConfigMap', { data: { id_rsa: CANARY } })],
  ['ConfigMap properties', data(`a=b\nspring.datasource.password=${CANARY}\n`)],
  ['ConfigMap YAML', data(`db:\n  user: shop\n  password: "${CANARY}"\n`)],
  ['ConfigMap YAML block', data(`db:\n  password: |\n    ${CANARY}\n`)],
  ['ConfigMap JSON', data(JSON.stringify({ auths: { r: { auth: btoa(`shop:${CANARY}7`) } } }))],
  ['ConfigMap binaryData', kube('ConfigMap', { binaryData: { 'store.jks': btoa(CANARY) } })],
  [
    'a kubeconfig',
    data(`apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: a\n  user:\n    token: ${CANARY}\n`),
  ],
  ['env by name', pod({ env: [{ name: 'DB_PASSWORD', value: CANARY }] })],
  ['env by value: a URL', pod({ env: [{ name: 'DB', value: `postgres://shop:${CANARY}@db/x` }] })],
  ['env by value: a token', pod({ env: [{ name: 'X', value: `glpat-${CANARY}${BODY}` }] })],
  ['env by value: random', pod({ env: [{ name: 'X', value: `${CANARY}a1B2c3D4e5F6` }] })],
  ['an init container', kube('Pod', { spec: { initContainers: [{ env: [{ name: 'API_KEY', value: CANARY }] }] } })],
  ['args, one element', pod({ args: [`--password=${CANARY}`] })],
  ['args, two elements', pod({ args: ['--token', CANARY] })],
  ['command with a short flag', pod({ command: ['/usr/bin/curl', '-u', `shop:${CANARY}`, 'https://x'] })],
  ['a shell line', pod({ command: ['sh', '-c', `redis-cli -a ${CANARY} ping && export API_TOKEN=${CANARY}`] })],
  [
    'a probe header',
    pod({ livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: `Basic ${CANARY}` }] } } }),
  ],
  ['a probe command', pod({ readinessProbe: { exec: { command: ['check', '--api-key', CANARY] } } })],
  [
    'a lifecycle hook',
    pod({ lifecycle: { preStop: { exec: { command: ['sh', '-c', `curl -H "X-Api-Key: ${CANARY}" x`] } } } }),
  ],
  [
    'a lifecycle hook header',
    pod({ lifecycle: { postStart: { httpGet: { httpHeaders: [{ name: 'X-Api-Key', value: CANARY }] } } } }),
  ],
  ['an annotation by name', pod({}, { annotations: { 'example.com/api-token': CANARY } })],
  ['an annotation by value', pod({}, { annotations: { note: `login with password=${CANARY}` } })],
  [
    'an annotation of nginx',
    pod(
      {},
      {
        annotations: {
          'nginx.ingress.kubernetes.io/configuration-snippet': `proxy_set_header Authorization "Basic ${CANARY}";`,
        },
      },
    ),
  ],
  ['an event', kube('Event', { message: `pull https://shop:${CANARY}@registry.example.com failed` })],
  [
    'a termination message',
    kube('Pod', { status: { containerStatuses: [{ lastState: { terminated: { message: `password: ${CANARY}` } } }] } }),
  ],
  ['CRD spec', kube('Database', { spec: { adminPassword: CANARY } })],
  ['CRD spec, nested', kube('Database', { spec: { password: { value: CANARY } } })],
  ['CRD spec, a list', kube('Database', { spec: { tokens: [CANARY, CANARY] } })],
  ['CRD spec, named pairs', kube('Database', { spec: { tokens: [{ name: 'ci', value: CANARY }] } })],
  ['CRD spec, credentials', kube('Database', { spec: { credentials: { username: 'shop', password: CANARY } } })],
  ['CRD status', kube('Database', { status: { generatedToken: CANARY } })],
  ['CRD status, text', kube('Database', { status: { conditions: [{ message: `token=${CANARY} was refused` }] } })],
  ['a JSON Web Key', kube('Issuer', { spec: { key: { kty: 'EC', crv: 'P-256', x: 'public', d: CANARY } } })],
  ['ConfigMap value: random', kube('ConfigMap', { data: { SETTING: `${CANARY}a1B2c3D4e5F6` } })],
  ['a parameter', kube('Workflow', { spec: { arguments: { parameters: [{ name: 'api-key', value: CANARY }] } } })],
  [
    'a webhook URL',
    kube('Webhook', {
      webhooks: [{ clientConfig: { url: `https://shop:${CANARY}@hook.example.com/?token=${CANARY}` } }],
    }),
  ],
  ['an incoming webhook', kube('Receiver', { spec: { url: `https://hooks.slack.com/services/T0/B0/${CANARY}` } })],
  [
    'Ingress basic auth',
    kube('Middleware', { spec: { basicAuth: { users: [`shop:$2y$10$${CANARY}${BODY}${BODY}`] } } }),
  ],
  ['PV attributes', kube('PersistentVolume', { spec: { csi: { volumeAttributes: { storageAccountKey: CANARY } } } })],
  ['PV mount options', kube('PersistentVolume', { spec: { mountOptions: ['username=shop', `password=${CANARY}`] } })],
  ['flexVolume options', kube('Pod', { spec: { volumes: [{ flexVolume: { options: { cifsPassword: CANARY } } }] } })],
  ['TokenRequest', kube('TokenRequest', { status: { token: CANARY, expirationTimestamp: 'x' } })],
  ['a PEM key', kube('Any', { spec: { text: pem().replaceAll('MIIEow', CANARY) } })],
  ['a JWT', kube('Any', { spec: { text: jwt(CANARY).replace('.', `.${btoa(CANARY)}`) } })],
  ['base64 of JSON', kube('Any', { spec: { text: btoa(JSON.stringify({ password: CANARY })) } })],
  ['the name of a field', kube('Any', { spec: { [`password=${CANARY}`]: 1 } })],
]

/** The canary as it is, and as it would look in base64, at each alignment. */
const TRACES = [CANARY, ...[0, 1, 2].map((shift) => btoa('.'.repeat(shift) + CANARY).slice(shift === 0 ? 0 : 4, -4))]

describe('L2-2 no canary leaves an object', () => {
  test.each(CARRIERS.map(([where, object, kind]) => ({ where, object, kind })))('$where', ({ object, kind }) => {
    const before = structuredClone(object)
    const { value, redactions } = redact(object, kind)
    const text = JSON.stringify(value)
    for (const trace of TRACES) expect(text).not.toContain(trace)
    expect(text).toMatch(MARK)
    expect(redactions).toBeGreaterThan(0)
    expect(object).toEqual(before)
    expect(redact(value, kind).value).toEqual(value)
  })

  test('R-3 of a Secret, names of keys and lengths of values stay', () => {
    const { value } = redact(kube('Secret', { type: 'Opaque', data: { password: btoa('hunter2'), empty: '' } }))
    expect(value.data).toEqual({ password: mark('hunter2', 7), empty: '' })
    expect(value.type).toBe('Opaque')
  })

  test('L2-4 the same value has the same mark in a Secret, an environment, a URL and a file', () => {
    const eight = (text: string) => text.match(/masked:([0-9a-f]{8})/)?.[1]
    const marks = [
      kube('Secret', { data: { a: btoa(CANARY) } }),
      pod({ env: [{ name: 'DB_PASSWORD', value: CANARY }] }),
      pod({ env: [{ name: 'DB', value: `postgres://shop:${CANARY}@db/x` }] }),
      data(`password: ${CANARY}\n`),
    ].map((object) => eight(JSON.stringify(redact(object).value)))
    expect(marks).toEqual([mark(CANARY), mark(CANARY), mark(CANARY), mark(CANARY)].map(eight))
  })
})

/** Comes back as it went in. */
const INNOCENT: readonly (readonly [string, Record<string, Json>])[] = [
  [
    'a projected token volume',
    kube('Pod', {
      spec: {
        volumes: [{ projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] } }],
      },
    }),
  ],
  [
    'references to Secrets',
    pod({
      env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
      envFrom: [{ secretRef: { name: 'db' } }],
    }),
  ],
  ['a member called d that is no key’s', kube('Plot', { spec: { d: 'M0 0 L10 10', k: 'kilo', p: 'paragraph' } })],
  ['a reference to another variable', pod({ env: [{ name: 'DB_PASSWORD', value: '$(SHARED_PASSWORD)' }] })],
  [
    'a Secret volume',
    kube('Pod', {
      spec: {
        volumes: [{ secret: { secretName: 'tls', items: [{ key: 'tls.key', path: 'tls.key' }] } }],
        imagePullSecrets: [{ name: 'regcred' }],
      },
    }),
  ],
  [
    'switches and numbers',
    kube('Any', {
      spec: {
        automountServiceAccountToken: true,
        tokenExpirationSeconds: 3600,
        passwordPolicy: 'strict',
        tokenTTL: '1h',
        secretCount: 3,
      },
    }),
  ],
  [
    'a Secret reduced to lengths',
    { ...kube('Secret', { type: 'Opaque' }), dataBytes: { password: 24, 'tls.key': 1704 } },
  ],
  [
    'an ExternalSecret',
    kube('ExternalSecret', {
      spec: { secretStoreRef: { name: 'vault' }, data: [{ secretKey: 'DB_USER', remoteRef: { key: 'shop/db' } }] },
    }),
  ],
  [
    'nginx auth',
    pod(
      {},
      {
        annotations: {
          'nginx.ingress.kubernetes.io/auth-secret': 'shop/basic-auth',
          'nginx.ingress.kubernetes.io/auth-type': 'basic',
        },
      },
    ),
  ],
  [
    'digests',
    pod(
      {},
      { annotations: { 'checksum/secret': '0f1e2d3c'.repeat(8) }, labels: { 'pod-template-hash': '7d9f8c6b5d' } },
    ),
  ],
  ['a TLS Ingress', kube('Ingress', { spec: { tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }] } })],
  [
    'an affinity',
    kube('Pod', {
      spec: {
        topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname' }],
        tolerations: [{ key: 'node-role/token', operator: 'Exists' }],
      },
    }),
  ],
  [
    'RBAC',
    kube('Role', { rules: [{ apiGroups: [''], resources: ['secrets', 'serviceaccounts/token'], verbs: ['get'] }] }),
  ],
  [
    'paths and flags',
    pod({
      args: [
        '--tls-private-key-file=/etc/tls/tls.key',
        '--token-auth-file',
        '/etc/tokens',
        '--v=2',
        '--kubeconfig',
        '/etc/kubeconfig',
      ],
    }),
  ],
  [
    'ids and images',
    kube('Pod', {
      metadata: { uid: '5f0c1b1e-1b1e-4b1e-8b1e-0123456789ab' },
      status: { containerStatuses: [{ imageID: `docker-pullable://nginx@sha256:${'ab12cd34'.repeat(8)}` }] },
    }),
  ],
  [
    'names of classes and options',
    pod({
      env: [
        { name: 'JAVA_OPTS', value: '-Dcom.example.shop.Main2=/opt/App/Lib64/x.jar -Xmx512m' },
        { name: 'GIT_COMMIT', value: '0f1e2d3c'.repeat(5) },
        { name: 'CLASS', value: 'org.springframework.Web2Context' },
      ],
    }),
  ],
  ['an empty password', pod({ env: [{ name: 'DB_PASSWORD', value: '' }] })],
  [
    'a certificate',
    kube('ConfigMap', {
      data: { 'ca.crt': `-----BEGIN CERTIFICATE-----\n${'MIIDazCC'.repeat(8)}\n-----END CERTIFICATE-----\n` },
    }),
  ],
]

describe('what must not be eaten', () => {
  test.each(INNOCENT)('%s', (_, object) => {
    expect(redact(object)).toEqual({ value: object, redactions: 0, hidden: 0 })
  })
})

describe('objects', () => {
  test('managedFields go, and are no redaction', () => {
    const { value, redactions } = redact(pod({}, { managedFields: [{ manager: 'kubectl' }] }))
    expect(value.metadata).toEqual({ name: 'web' })
    expect(redactions).toBe(0)
  })

  test('a CA bundle is shortened to a mark, so that it cannot be written back', () => {
    const { value } = redact(
      kube('Webhook', { webhooks: [{ clientConfig: { caBundle: btoa('certificate'.repeat(50)) } }] }),
    )
    expect(JSON.stringify(value)).toMatch(/"caBundle":"\[masked:[0-9a-f]{8} 736B\]"/)
  })

  test('L1-2 hidden characters go, from names of fields too, and are counted', () => {
    const { value, hidden } = redact(kube('Any', { spec: { 'a\u200bb': 'c\u202ed\x1b[31m' } }))
    expect(value.spec).toEqual({ ab: 'cd' })
    expect(hidden).toBe(7)
  })

  test('L2-5 a string beyond what could be shown ends in a mark and is not scanned further', () => {
    const { value } = redactObject(
      { kind: 'Any', text: `${'a '.repeat(500)}password=hunter2` },
      { ...rules, maxString: 100 },
    )
    expect(value.text).toMatch(/^(?:a ){50}…\[masked:[0-9a-f]{8} 916B\]$/)
  })

  test('depth is bounded', () => {
    let deep: Json = CANARY
    for (let level = 0; level < 5000; level += 1) deep = { token: { a: [deep] } }
    const text = JSON.stringify(redact({ kind: 'Any', spec: deep }).value)
    expect(text).toContain('deeper than 64 levels')
    expect(text).not.toContain(CANARY)
  })

  test('names of JavaScript are names like any others', () => {
    const object: Record<string, Json> = JSON.parse(
      '{"kind":"Secret","__proto__":{"a":1},"constructor":"x","data":{"__proto__":"YQ==","constructor":"YQ=="},"args":["constructor","-u","x"]}',
    )
    const { value } = redact(object)
    expect(Object.keys(value)).toEqual(Object.keys(object))
    expect(Object.keys(value.data as object)).toEqual(['__proto__', 'constructor'])
    expect(JSON.stringify(value.data)).not.toContain('YQ==')
  })

  test('L2-2 a Secret keeps no value, whatever JSON it is made of; nothing is mutated, and again changes nothing', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        const object = { kind: 'Secret', data: values, stringData: values }
        const before = structuredClone(object)
        const once = redact(object).value
        for (const map of [once.data, once.stringData]) {
          for (const value of Object.values(map))
            expect(value === '' || new RegExp(`^${MARK.source}$`).test(String(value))).toBe(true)
        }
        expect(object).toEqual(before)
      }),
    ))
})
