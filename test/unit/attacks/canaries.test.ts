/**
 * L2-2 through the whole app: secrets of the kind that people choose (no pattern knows them, only where they stand tells)
 * in every place of an object or a log where people put them, asked for by every tool and in every form of output.
 */
import { describe, expect, test } from 'vitest'
import { run } from '../app/setup.ts'
import { discoveryOf, json, served } from './api-server.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const planted = new Map<string, string>()
/** A secret of its own for this place: a word and a number, as people choose them. */
const at = (place: string): string => {
  const value = `Zx${String(planted.size).padStart(3, '0')}q-hunter2`
  planted.set(place, value)
  return value
}
const TOKEN = `ghp_${'a1B2'.repeat(9)}`
const PEM = [
  '-----BEGIN RSA PRIVATE KEY-----',
  ...Array.from({ length: 4 }, (_, line) => `MIIEowIBAAKCAQEA${'q1Zt'.repeat(11)}${line}abc`),
  '-----END RSA PRIVATE KEY-----',
]

const kubeconfig = (token: string) =>
  `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: ${token}\n    client-key-data: ${base64(PEM.join('\n'))}\n`

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    labels: { app: 'web', 'api-token': TOKEN },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { a: at('last applied') } }),
      note: `postgres://u:${at('annotation with a URL')}@db/x`,
      'example.com/db-password': at('annotation by its name'),
    },
  },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'web:1',
        env: [
          { name: 'DB_PASSWORD', value: at('env') },
          { name: 'DATABASE_URL', value: `mysql://root:${at('env URL')}@db/x` },
          { name: 'CONFIG', value: JSON.stringify({ password: at('env JSON') }) },
          { name: 'JAVA_OPTS', value: `-Djavax.net.ssl.keyStorePassword=${at('Java property')} -Xmx1g` },
        ],
        command: ['timeout', '5', '/usr/bin/mysqladmin', 'ping', '-uroot', `-p${at('-p in one word')}`],
        args: [
          ...['--password', at('flag and value'), `--token=${at('flag=value')}`],
          ...['-c', `echo PGPASSWORD=${at('variable in a script')} psql`],
        ],
        livenessProbe: {
          httpGet: {
            path: `/h?token=${at('probe path')}`,
            httpHeaders: [
              { name: 'Authorization', value: `Basic ${base64(`u:${at('probe header')}`)}` },
              { name: 'X-Api-Key', value: at('probe key') },
            ],
          },
          exec: { command: ['redis-cli', '-a', at('probe command'), 'ping'] },
        },
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', `curl -u admin:${at('lifecycle hook')} http://x`] } },
        },
      },
    ],
    initContainers: [
      {
        name: 'init',
        image: 'x',
        command: ['sh', '-c', `mysql -uroot -p${at('-p in a script')} -e 'select 1'`],
        args: ['curl', '-u', `admin:${at('curl -u')}`, 'http://x'],
      },
    ],
    volumes: [
      { name: 'v', csi: { driver: 'x', volumeAttributes: { accessKey: at('CSI key'), password: at('CSI password') } } },
    ],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'web',
        restartCount: 3,
        state: { waiting: { reason: 'Error', message: `dial postgres://u:${at('waiting message')}@db` } },
        lastState: {
          terminated: { exitCode: 1, message: `password=${at('termination message')}\n${PEM.join('\n')}` },
        },
      },
    ],
    conditions: [{ type: 'Ready', status: 'False', reason: 'X', message: `token: ${at('condition')}` }],
  },
}

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    annotations: {
      'kapp.k14s.io/original': JSON.stringify({ data: { p: base64(at('copy by kapp')) } }),
      'objectset.rio.cattle.io/applied': at('copy by Rancher'),
    },
  },
  type: 'Opaque',
  immutable: true,
  data: {
    p: base64(at('Secret data')),
    '.dockerconfigjson': base64(JSON.stringify({ auths: { r: { auth: base64(`u:${at('dockerconfigjson')}`) } } })),
  },
  stringData: { q: at('Secret stringData') },
}

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web-1', namespace: 'shop' },
  data: {
    'config.yaml': `db:\n  password: ${at('YAML')}\n`,
    'block.yaml': `password: |\n  ${at('YAML block')}\nother: x`,
    'app.properties': `spring.datasource.password=${at('properties')}\n`,
    'cluster.txt': kubeconfig(at('kubeconfig')),
    'app.json': JSON.stringify({ a: { clientSecret: at('JSON') } }),
    '.env': `API_KEY='${at('.env')}'`,
    once: base64(`password=${at('base64')}`),
    twice: base64(base64(`password=${at('base64 twice')}`)),
    url: encodeURIComponent(JSON.stringify({ password: at('URL-encoded') })),
    ini: `[client]\npassword = ${at('INI')}`,
    xml: `<password>${at('XML')}</password>`,
    nginx: `proxy_set_header Authorization "Bearer ${at('nginx')}";`,
    libpq: `host=db user=x password='${at('libpq')}'`,
    toml: `secret_key = "${at('TOML')}"`,
    netrc: `machine x login y password ${at('netrc')}`,
    script: `export DB_PASS=${at('shell')}`,
  },
  binaryData: { k: base64(at('binaryData')) },
}

const widget = {
  apiVersion: 'x.example.com/v1',
  kind: 'Widget',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: {
    adminPassword: at('field of a custom resource'),
    auth: { basic: { username: 'u', password: at('nested field') } },
    params: [{ key: 'password', value: at('key and value') }],
    headers: [`Authorization: Bearer ${at('header in a list')}`],
    template: { kind: 'Secret', data: { p: base64(at('Secret in a template')) } },
    stringData: { p: at('stringData of a custom resource') },
    list: { kind: 'SecretList', items: [{ data: { p: base64(at('SecretList in a custom resource')) } }] },
    webhook: `https://hooks.slack.com/services/T000/B000/${at('webhook')}`,
    [`key ${TOKEN}`]: 1,
  },
  status: { lastError: `auth failed for password '${at('status')}'` },
}

const log = [
  `2026-01-01T00:00:00Z password=${at('log line')}`,
  JSON.stringify({ msg: 'login', body: JSON.stringify({ password: at('log, JSON in JSON') }) }),
  ...PEM.map((line) => `2026-01-01T00:00:00.000000000Z ${line}`),
  `GET /?access_token=${at('log, query')} 200`,
  `Authorization: Basic ${base64(`u:${at('log, basic')}`)}`,
  `Set-Cookie: session=${at('log, cookie')}; Path=/`,
  `redis://:${at('log, URL')}@h:6379`,
  `Server=x;User Id=y;Password=${at('log, connection string')};`,
  `\x1b[31mpass\u200bword=${at('log, hidden characters')}\x1b[0m`,
  `pass\u{13430}word=${at('log, hieroglyph joiner')}`,
  '',
].join('\n')

const OBJECTS: Readonly<Record<string, object>> = { pods: pod, secrets: secret, configmaps: configMap, widgets: widget }

const table = (object: object) =>
  json({
    kind: 'Table',
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', priority: 0 },
      { name: 'Password', type: 'string', priority: 0 },
      { name: 'Message', type: 'string', priority: 1 },
    ],
    rows: [{ cells: ['web-1', at('table, column'), `url=https://u:${at('table, cell')}@h/x`], object }],
  })
const tables: Readonly<Record<string, Response>> = Object.fromEntries(
  Object.entries(OBJECTS).map(([name, object]) => [name, table(object)]),
)

const cluster = served((path) => {
  if (path === '/apis') return discoveryOf([{ group: 'x.example.com', kind: 'Widget', resource: 'widgets' }])
  const [, resource = '', name, sub] = /\/namespaces\/shop\/([a-z]+)(?:\/([-a-z0-9]+))?(\/log)?$/.exec(path) ?? []
  if (sub !== undefined) return new Response(log, { headers: { 'content-type': 'text/plain' } })
  const object = OBJECTS[resource]
  if (object === undefined) return undefined
  return name === undefined ? json({ kind: 'List', metadata: {}, items: [object] }) : json(object)
})
/** The same server as it answers where a table was asked for. */
const printing = served((path) => tables[/\/namespaces\/shop\/([a-z]+)$/.exec(path)?.[1] ?? '']?.clone())

const KINDS = ['Pod', 'Secret', 'ConfigMap', 'Widget'] as const
const place = { name: 'web-1', namespace: 'shop' }
const CALLS: readonly (readonly [string, object])[] = [
  ['pods_get', place],
  ['pods_log', { ...place, tail: 500 }],
  ...KINDS.map((kind) => ['resources_get', { kind, ...place }] as const),
  ...KINDS.flatMap((kind) =>
    ['table', 'wide', 'names', 'json'].map(
      (output) => ['resources_list', { kind, namespace: 'shop', output }] as const,
    ),
  ),
]

describe('L2-2 R-3 nothing that is secret leaves', () => {
  test('has canaries in more than sixty places', () => expect(planted.size).toBeGreaterThan(60))

  test.each(CALLS)('by %s %j', async (tool, args) => {
    const isTable = 'output' in args && args.output !== 'json'
    const it = run({
      send: (path) => (isTable ? (printing(path) ?? cluster(path)) : cluster(path)) ?? undefined,
      config: { output: { maxBytes: 400_000 } },
    })
    const reply = await it.call(tool, args)
    expect(reply.isError, reply.text).toBe(false)
    const ledger = JSON.stringify(await it.records('prod'))
    const left = [...planted].filter(([, value]) =>
      // Also in base64, whatever stands before it in the same run.
      [value, base64(value).slice(0, 12)].some((form) => reply.text.includes(form) || ledger.includes(form)),
    )
    expect(left.map(([where]) => where)).toEqual([])
    expect(reply.text).not.toContain(TOKEN)
    expect(reply.text).not.toMatch(/MIIEowIBAAK|q1Ztq1Zt/)
    expect(JSON.stringify(it.ports.lines)).not.toMatch(/hunter2|ghp_/)
  })
})
