/** What the read client makes of an API server: the same on the demo cluster and on the real one. */
import type { KubeClient, KubeListQuery } from '../../src/kube/client.ts'
import { examinePowers } from '../../src/kube/overpowered.ts'
import { isSupportedVersion } from '../../src/kube/version.ts'
import { apiVersionOf, type ResourceType } from '../../src/tool.ts'
import { type Check, equal, ok, rejects } from './assert.ts'

/** Where it is tried. Everything named here lives in the namespace `shop`. */
export interface Ground {
  readonly admin: KubeClient
  /** May read what a reader may, and no Secrets. */
  readonly reader: KubeClient
  /** Its token is nobody's. */
  readonly stranger: KubeClient
  /** A Secret: the length of each of its values, and one value that must never be seen. */
  readonly secret: { readonly name: string; readonly bytes: Readonly<Record<string, number>>; readonly canary: string }
  /** Label selectors of pods. */
  readonly pods: {
    /** Running since its start, one container, with a log. */
    readonly running: string
    /** Restarted, with a log of the instance before. */
    readonly crashing: string
    /** On no node. */
    readonly unscheduled: string
    /** Several containers, named so. */
    readonly several: { readonly selector: string; readonly containers: readonly string[] }
  }
  readonly custom: { readonly kind: string; readonly shortName: string; readonly type: string; readonly column: string }
}

const NAMESPACE = 'shop'
const signal = new AbortController().signal

const type = (client: KubeClient, kind: string): Promise<ResourceType> => client.resolve(kind, undefined, signal)

const onePod = async ({ admin }: Ground, labelSelector: string): Promise<string> => {
  const { items } = await admin.metadata(await type(admin, 'pods'), { namespace: NAMESPACE, labelSelector }, signal)
  const name = items[0]?.metadata?.name
  ok(name !== undefined, `a pod of ${labelSelector}`)
  return name
}

const textOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text()

/** The names of all pages, `limit` at a time. */
const walk = async (client: KubeClient, kind: string, query: KubeListQuery): Promise<readonly string[]> => {
  const resource = await type(client, kind)
  const names: string[] = []
  let next: string | undefined
  for (let pages = 0; pages < 1000; pages++) {
    const page = await client.listTable(resource, next === undefined ? query : { ...query, continue: next }, signal)
    names.push(...page.rows.map((row) => `${row.namespace}/${row.name}`))
    next = page.continue
    if (next === undefined) return names
  }
  throw new Error('the pages never end')
}

const lowerCase = (names: readonly { readonly name: string }[]) => names.map(({ name }) => name.toLowerCase())

export const kubeClientChecks: readonly Check<Ground>[] = [
  {
    name: 'the version is one that is supported',
    async run({ reader }) {
      const version = await reader.version(signal)
      ok(isSupportedVersion(version), `${version} is supported`)
    },
  },
  {
    name: 'discovery knows what a type is, and where it lives',
    async run({ reader, custom }) {
      const pods = await type(reader, 'po')
      equal(
        [apiVersionOf(pods), pods.kind, pods.resource, pods.singular, pods.namespaced],
        ['v1', 'Pod', 'pods', 'pod', true],
        'po',
      )
      ok(pods.subresources.includes('log') && pods.categories.includes('all'), 'subresources and categories of pods')
      equal((await type(reader, 'Node')).namespaced, false, 'nodes are cluster-scoped')
      equal(apiVersionOf(await type(reader, 'deploy')), 'apps/v1', 'deployments')
      equal(apiVersionOf(await type(reader, 'events')), 'v1', 'events are those of the core')
      for (const said of [custom.kind, custom.shortName, custom.type]) {
        const found = await type(reader, said)
        equal([`${found.resource}.${found.group}`, found.namespaced], [custom.type, true], said)
      }
      const types = await reader.types(signal)
      equal(types[0]?.group, '', 'the core group comes first')
      equal(new Set(types.map((it) => `${apiVersionOf(it)} ${it.resource}`)).size, types.length, 'no type twice')
    },
  },
  {
    name: 'schemas are those of the cluster, custom ones included',
    async run({ reader, custom }) {
      const deployments = await type(reader, 'deploy')
      const spec = await reader.schema(deployments, ['spec'], signal)
      equal(spec.type, 'DeploymentSpec', 'the type of a field')
      const field = (name: string) => spec.fields.find((it) => it.name === name)
      equal([field('replicas')?.type, field('replicas')?.required], ['integer', false], 'replicas')
      equal([field('template')?.type, field('template')?.required], ['PodTemplateSpec', true], 'template')
      const containers = await reader.schema(deployments, ['spec', 'template', 'spec', 'containers'], signal)
      equal(containers.type, 'Container[]', 'a list')
      ok(
        containers.fields.some((it) => it.name === 'env' && it.type === 'EnvVar[]'),
        'what a list holds',
      )
      const resources = await reader.schema(await type(reader, 'pods'), ['spec', 'containers', 'resources'], signal)
      ok(resources.fields.find((it) => it.name === 'limits')?.type.startsWith('map[string]') === true, 'a map')
      const unknown = () => reader.schema(deployments, ['spec', 'replica'], signal)
      const error = await rejects(unknown, 'invalid_arguments', 'an unknown field')
      ok(error.untrusted?.includes('replicas') === true, 'the fields that there are')
      const own = await reader.schema(await type(reader, custom.kind), ['spec'], signal)
      ok(own.fields.length > 0, 'fields of a custom resource')
      ok(
        own.fields.some(({ required }) => required),
        'one of them is required',
      )
    },
  },
  {
    name: 'an unknown kind comes with the nearest',
    async run({ reader }) {
      const error = await rejects(
        () => reader.resolve('Deploymnet', undefined, signal),
        'unknown_kind',
        'a misspelling',
      )
      ok(error.untrusted?.includes('Deployment (deployments.apps)') === true, `the nearest in ${error.untrusted}`)
      await rejects(() => reader.resolve('Deployment', 'apps/v1beta1', signal), 'unknown_kind', 'a version long gone')
    },
  },
  {
    name: 'tables are what kubectl prints, and every row knows its object',
    async run({ reader, custom }) {
      const pods = await type(reader, 'pods')
      const one = await reader.listTable(pods, { namespace: NAMESPACE }, signal)
      const shown = one.columns.filter(({ priority }) => priority === 0)
      equal(lowerCase(shown), ['name', 'ready', 'status', 'restarts', 'age'], 'the columns of pods')
      ok(one.rows.length > 0, 'there are pods')
      for (const row of one.rows) equal([row.namespace, row.name], [NAMESPACE, row.cells[0]], 'a row of one namespace')

      const all = await reader.listTable(pods, {}, signal)
      const here = all.rows.filter(({ namespace }) => namespace === NAMESPACE)
      equal(here.map(({ name }) => name).sort(), one.rows.map(({ name }) => name).sort(), 'the same pods over all')
      ok(
        all.rows.every(({ namespace }) => namespace !== undefined),
        'every row over all namespaces has its own',
      )

      const nodes = await reader.listTable(await type(reader, 'nodes'), {}, signal)
      ok(
        nodes.rows.every(({ namespace, name }) => namespace === undefined && name !== undefined),
        'nodes',
      )
      const widgets = await reader.listTable(await type(reader, custom.kind), { namespace: NAMESPACE }, signal)
      ok(lowerCase(widgets.columns).includes(custom.column.toLowerCase()), 'a column of a custom resource')
      ok(
        widgets.rows.every(({ name }) => name !== undefined),
        'names of custom resources',
      )
      const events = await reader.listTable(await type(reader, 'events'), { namespace: NAMESPACE }, signal)
      ok(events.rows.length > 0 && events.rows.every(({ name }) => name !== undefined), 'names of events')
    },
  },
  {
    name: 'pages add up to the whole, and count what is left',
    async run({ reader }) {
      const whole = await walk(reader, 'services', {})
      for (const limit of [1, 2, 7]) equal(await walk(reader, 'services', { limit }), whole, `pages of ${limit}`)
      const services = await type(reader, 'services')
      const first = await reader.list(services, { limit: 1 }, signal)
      equal([first.items.length, first.remaining], [1, whole.length - 1], 'the first page')
      ok(first.continue !== undefined, 'a continue token')
    },
  },
  {
    name: 'a broken continue token is cursor_invalid',
    async run({ reader }) {
      const pods = await type(reader, 'pods')
      await rejects(() => reader.list(pods, { continue: 'bm9uc2Vuc2U' }, signal), 'cursor_invalid', 'nonsense')
    },
  },
  {
    name: 'objects carry their kind; metadata carries nothing else',
    async run({ reader }) {
      const deployments = await type(reader, 'deployments')
      const { items } = await reader.list(deployments, { namespace: NAMESPACE }, signal)
      const [first] = items
      ok(first?.metadata?.name !== undefined, 'a deployment')
      equal([first.apiVersion, first.kind, 'spec' in first], ['apps/v1', 'Deployment', true], 'an item')
      const got = await reader.get(deployments, first.metadata.name, NAMESPACE, signal)
      equal([got.kind, got.metadata?.uid], ['Deployment', first.metadata.uid], 'the same by name')

      const heads = await reader.metadata(deployments, { namespace: NAMESPACE }, signal)
      equal(heads.items.length, items.length, 'as many')
      for (const head of heads.items) equal(Object.keys(head).sort(), ['apiVersion', 'kind', 'metadata'], 'a head')
      const head = await reader.getMetadata(deployments, first.metadata.name, NAMESPACE, signal)
      equal([head.kind, head.metadata?.uid, 'spec' in head], ['Deployment', first.metadata.uid, false], 'one head')
    },
  },
  {
    name: 'what is not there: an object, a namespace, a type',
    async run({ reader, admin }) {
      const pods = await type(reader, 'pods')
      const error = await rejects(() => reader.get(pods, 'no-such-pod', NAMESPACE, signal), 'not_found', 'a pod')
      ok(error.message.includes('pods "no-such-pod" in namespace "shop"'), error.message)
      equal((await reader.listTable(pods, { namespace: 'no-such-namespace' }, signal)).rows, [], 'no rows')
      // To one who may not, the API server would say that first.
      const gone = { ...pods, group: 'gone.example.com', resource: 'widgets' }
      await rejects(() => admin.list(gone, {}, signal), 'unknown_kind', 'a list of a type that is gone')
      await rejects(() => admin.get(gone, 'w', NAMESPACE, signal), 'unknown_kind', 'an object of a type that is gone')
    },
  },
  {
    name: 'selectors select, and one that the server does not know is said so',
    async run(ground) {
      const { reader, pods: selectors } = ground
      const pods = await type(reader, 'pods')
      const name = await onePod(ground, selectors.running)
      const fieldSelector = `metadata.name=${name}`
      const found = await reader.listTable(pods, { namespace: NAMESPACE, fieldSelector }, signal)
      equal(
        found.rows.map((row) => row.name),
        [name],
        'by field',
      )
      const query = { namespace: NAMESPACE, fieldSelector: 'spec.colour=red' }
      await rejects(() => reader.list(pods, query, signal), 'cluster_rejected', 'an unknown field')
    },
  },
  {
    name: 'R-3 secrets: forbidden with the way to the opt-in; for who may, never a value',
    async run({ reader, admin, secret }) {
      const secrets = await type(reader, 'secrets')
      const refused = await rejects(() => reader.listTable(secrets, {}, signal), 'cluster_forbidden', 'the reader')
      ok(refused.message.includes('deploy/rbac/secrets-optin.yaml'), refused.message)

      const got = await admin.get(secrets, secret.name, NAMESPACE, signal)
      equal(got.dataBytes, secret.bytes, 'lengths')
      const query = { namespace: NAMESPACE }
      const seen = [
        got,
        await admin.getMetadata(secrets, secret.name, NAMESPACE, signal),
        await admin.list(secrets, query, signal),
        await admin.metadata(secrets, query, signal),
        await admin.listTable(secrets, query, signal),
        await admin.listTable(secrets, {}, signal),
      ]
      const text = JSON.stringify(seen)
      ok(text.includes(secret.name), 'the Secret was seen at all')
      for (const form of [secret.canary, btoa(secret.canary)]) ok(!text.includes(form), 'a value was seen')
    },
  },
  {
    name: 'logs: whole, the end of one, the instance before, and none yet',
    async run(ground) {
      const { reader, pods } = ground
      const read = async (name: string, more: object = {}) =>
        textOf(await reader.log({ namespace: NAMESPACE, name, ...more }, signal))
      const running = await onePod(ground, pods.running)
      const whole = await read(running)
      const lines = whole.trimEnd().split('\n')
      ok(lines.length > 1, 'a log of several lines')
      equal(await read(running, { tailLines: 1 }), `${lines.at(-1)}\n`, 'the last line')
      ok(/^\d{4}-\d\d-\d\dT/.test(await read(running, { tailLines: 1, timestamps: true })), 'a timestamp')
      const crashing = await onePod(ground, pods.crashing)
      ok((await read(crashing, { previous: true })).length > 0, 'the log of the instance before')
      equal(await read(await onePod(ground, pods.unscheduled)), '', 'a pod without a node')
    },
  },
  {
    name: 'logs that there are not: each says what it is',
    async run(ground) {
      const { reader, pods } = ground
      const log = (name: string, more: object = {}) => reader.log({ namespace: NAMESPACE, name, ...more }, signal)
      const several = await onePod(ground, pods.several.selector)
      const unnamed = await rejects(() => log(several), 'invalid_arguments', 'several containers')
      for (const container of pods.several.containers)
        ok(unnamed.untrusted?.includes(container) === true, `${unnamed.untrusted} names ${container}`)
      await rejects(() => log(several, { container: 'no-such' }), 'invalid_arguments', 'no such container')
      const running = await onePod(ground, pods.running)
      await rejects(() => log(running, { previous: true }), 'log_unavailable', 'no instance before')
      await rejects(() => log('no-such-pod'), 'not_found', 'no such pod')
    },
  },
  {
    name: 'reviews: what the cluster says of the credential',
    async run({ reader, admin }) {
      const may = async (client: KubeClient, verb: 'list' | 'delete', resource: string) =>
        (await client.rbac({ verb, group: '', resource, namespace: NAMESPACE }, signal)).allowed
      equal(
        [await may(reader, 'list', 'pods'), await may(reader, 'list', 'secrets'), await may(reader, 'delete', 'pods')],
        [true, false, false],
        'the reader',
      )
      equal(await may(admin, 'delete', 'pods'), true, 'the admin')
      const { username, groups } = await reader.whoAmI(signal)
      ok(username.startsWith('system:serviceaccount:') && groups.includes('system:authenticated'), username)
      const rules = await reader.rules(NAMESPACE, signal)
      ok(
        rules.resourceRules.some((it) => it.resources.includes('pods') && it.verbs.includes('list')),
        'a rule for pods',
      )
    },
  },
  {
    name: 'L4-3 a reader is not over-powered, an administrator is',
    async run({ reader, admin }) {
      equal(await examinePowers(reader, ['default', NAMESPACE], signal), [], 'the reader')
      const findings = await examinePowers(admin, ['default'], signal)
      equal(findings[0]?.severity, 'refuse', 'the admin')
      ok(
        findings.some(({ power }) => power === 'wildcard'),
        JSON.stringify(findings),
      )
    },
  },
  {
    name: 'a token that is nobody’s is cluster_unauthorized',
    async run({ stranger, reader }) {
      const pods = await type(reader, 'pods')
      await rejects(() => stranger.list(pods, {}, signal), 'cluster_unauthorized', 'a list')
      await rejects(() => stranger.types(signal), 'cluster_unauthorized', 'discovery')
    },
  },
]
