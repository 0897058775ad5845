/** What each tool answers and asks: typical inputs as snapshots, and what must be said when something is missing. */
import { describe, expect, test, vi } from 'vitest'
import type { Verdict } from '../../../src/access.ts'
import { BulkheadError } from '../../../src/errors.ts'
import type { Answer, Tool } from '../../../src/tool.ts'
import { tools } from '../../../src/tools/index.ts'
import { callTool, createFake, type FakeCluster, type FakeOptions, row, TYPES } from '../../support/fake-view.ts'
import { EVENTS, SHOP } from './shop.ts'

const toolNamed = (name: string): Tool => {
  const found = tools.find((tool) => tool.name === name)
  if (found === undefined) throw new RangeError(`Find the tool "${name}": there is none`)
  return found
}

const run = async (name: string, args: unknown = {}, cluster: FakeCluster = SHOP, options: FakeOptions = {}) => {
  const fake = createFake({ clusters: [cluster], ...options })
  return { answer: await callTool(toolNamed(name), args, fake.views), calls: fake.calls }
}

const asText = ({ notes = [], untrusted, structured }: Answer): string =>
  [
    ...notes.map((note) => `note: ${note}`),
    ...(untrusted === undefined ? [] : ['untrusted:', untrusted]),
    ...(structured === undefined ? [] : ['structured:', JSON.stringify(structured, undefined, 2)]),
    '',
  ].join('\n')

const POD = { namespace: 'shop', name: 'checkout-7c9f6b5d4f-x2lqz' }
const WORKLOAD = { kind: 'Deployment', name: 'checkout', namespace: 'shop' }
const DENY: Verdict = { decision: 'deny', by: 'default', reason: 'No rule allows it.' }

describe('typical answers', () => {
  test.each<[string, string, unknown]>([
    ['clusters', 'clusters_list', {}],
    ['namespaces', 'namespaces_list', {}],
    ['api-resources', 'api_resources_list', {}],
    ['pods', 'pods_list', {}],
    ['pods-wide', 'pods_list', { output: 'wide', namespace: 'shop' }],
    ['pods-names', 'resources_list', { kind: 'po', output: 'names' }],
    ['secrets', 'resources_list', { kind: 'secrets' }],
    ['secrets-json', 'resources_list', { kind: 'secrets', output: 'json' }],
    ['pod', 'pods_get', POD],
    ['pod-whole', 'resources_get', { kind: 'pod', ...POD }],
    ['log', 'pods_log', POD],
    ['described-pod', 'resources_describe', { kind: 'pod', ...POD }],
    ['described-deployment', 'resources_describe', WORKLOAD],
    ['events', 'events_list', {}],
    ['explained', 'resources_explain', { kind: 'deploy', path: 'spec.strategy' }],
    ['usage-of-pods', 'pods_top', {}],
    ['usage-of-nodes', 'nodes_top', {}],
    ['rollout', 'rollout_status', WORKLOAD],
    ['revisions', 'rollout_history', WORKLOAD],
    ['access-check', 'access_check', { verb: 'get', resource: 'pods/log', ...POD }],
    ['whoami', 'access_whoami', {}],
  ])('%s', async (file, name, args) => {
    const { answer } = await run(name, args)
    await expect(asText(answer)).toMatchFileSnapshot(`../../snapshots/answers/${file}.txt`)
  })

  test('L1-1 notes are our own words: none holds a name that only the cluster knows', async () => {
    for (const [name, args] of [
      ['pods_list', {}],
      ['events_list', {}],
      ['namespaces_list', {}],
      ['api_resources_list', {}],
      ['resources_get', { kind: 'pod', ...POD }],
      ['pods_get', POD],
      ['pods_log', POD],
      ['resources_describe', WORKLOAD],
      ['resources_explain', { kind: 'deploy', path: 'spec.strategy' }],
      ['pods_top', {}],
      ['nodes_top', {}],
      ['rollout_status', WORKLOAD],
      ['rollout_history', WORKLOAD],
      ['changes_list', { namespace: 'shop' }],
    ] as const) {
      const { answer } = await run(name, args)
      expect((answer.notes ?? []).join(' ')).not.toMatch(/prometheus|storefront|checkout|monitoring|BackOff|listening/)
    }
  })
})

describe('lists', () => {
  const many = (count: number): FakeCluster => ({
    page: 250,
    tables: {
      pods: {
        columns: ['Name', 'Age'],
        rows: Array.from({ length: count }, (_, it) => row('shop', `pod-${it}`, `${it}h`)),
      },
    },
  })

  test('give 500 rows unless asked for another number, over as many pages as that takes', async () => {
    const { answer, calls } = await run('pods_list', {}, many(1_200))
    expect(answer.notes).toEqual(['500 shown, about 700 more: repeat the call with cursor from-500'])
    expect(calls.filter((call) => call.method === 'table').map((call) => call.question)).toEqual([
      { resource: 'pods', limit: 500 },
      { resource: 'pods', limit: 250, cursor: 'from-250' },
    ])
  })

  test('continue where they ended', async () => {
    const { answer } = await run('pods_list', { cursor: 'from-250', limit: 2 }, many(252))
    expect(answer).toEqual({
      untrusted: 'Every row: NAMESPACE shop.\nNAME\tAGE\npod-250\t250h\npod-251\t251h',
      notes: ['2 shown, the last page.'],
    })
  })

  test('hand selectors on as they are', async () => {
    const selectors = { labelSelector: 'app in (a, b)', fieldSelector: 'status.phase!=Running', namespace: 'shop' }
    const { calls } = await run('resources_list', { kind: 'pods', ...selectors })
    expect(calls.at(-1)?.question).toMatchObject(selectors)
  })

  test('json asks for objects, and for few of them', async () => {
    const { calls } = await run('pods_list', { output: 'json' })
    expect(calls.at(-1)).toMatchObject({ method: 'list', question: { resource: 'pods', limit: 20 } })
  })

  test('of nothing say so, and that a namespace may be missing', async () => {
    const { answer } = await run('pods_list', { namespace: 'nowhere' })
    expect(answer).toEqual({ notes: ['Nothing found.', 'A namespace that does not exist looks the same.'] })
  })

  test('tell when cells were shortened', async () => {
    const cluster = { tables: { nodes: { columns: ['Name', 'Why'], rows: [row(undefined, 'a', 'y'.repeat(999))] } } }
    const { answer } = await run('resources_list', { kind: 'nodes' }, cluster)
    expect(answer.notes).toContain('1 long cells end in "…": output json has them whole.')
  })

  test('over all namespaces that policy refuses end in its refusal', async () => {
    const reason = 'Refused. Namespaces that may be asked for: shop.'
    const decide = ({ namespace }: { namespace?: string }): Verdict => ({
      ...(namespace === 'shop' ? { decision: 'allow', by: 'policy' } : { decision: 'deny', by: 'default' }),
      reason,
    })
    await expect(run('pods_list', {}, SHOP, { decide })).rejects.toMatchObject({
      code: 'policy_denied',
      message: reason,
    })
    await expect(run('pods_list', { namespace: 'shop' }, SHOP, { decide })).resolves.toBeDefined()
  })
})

describe('namespaces_list', () => {
  const refused = { decide: () => DENY }

  test('names those of the policy where listing is refused', async () => {
    const { answer } = await run('namespaces_list', {}, SHOP, { ...refused, namespacesFor: () => ['shop', 'team-*'] })
    expect(answer.untrusted).toBeUndefined()
    expect(answer.notes?.join()).toContain('shop, team-*')
  })

  test('is refused where the policy names none', async () => {
    await expect(run('namespaces_list', {}, SHOP, refused)).rejects.toMatchObject({ code: 'policy_denied' })
  })

  test('hides no other error behind the policy', async () => {
    const decide = () => {
      throw new BulkheadError('cluster_unreachable', 'down')
    }
    await expect(run('namespaces_list', {}, SHOP, { decide, namespacesFor: () => ['shop'] })).rejects.toMatchObject({
      code: 'cluster_unreachable',
    })
  })
})

describe('resources_get', () => {
  test('says that managedFields are missing only where there were any', async () => {
    const whole = await run('resources_get', { kind: 'pod', ...POD })
    expect(whole.answer.notes).toEqual(['Left out: managedFields.'])
    const bare = { objects: { nodes: [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } }] } }
    expect((await run('resources_get', { kind: 'node', name: 'node-1' }, bare)).answer).toEqual({
      untrusted: 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}',
    })
  })

  test('what is not there is not found', async () => {
    await expect(run('resources_get', { kind: 'pod', name: 'nope', namespace: 'shop' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('fields', () => {
  test('of a list are a column each, from objects', async () => {
    const fields = ['metadata.name', 'spec.containers[*].name', 'status.phase', 'spec.nope']
    const { answer, calls } = await run('resources_list', { kind: 'pods', namespace: 'shop', fields })
    await expect(asText(answer)).toMatchFileSnapshot('../../snapshots/answers/pods-fields.txt')
    expect(answer.notes).toContain('No value at spec.nope.')
    expect(calls.at(-1)).toMatchObject({ method: 'list', question: { resource: 'pods', limit: 100 } })
  })

  test('of metadata alone ask for no more than metadata', async () => {
    const { answer, calls } = await run('resources_list', { kind: 'secrets', fields: ['metadata.creationTimestamp'] })
    expect(calls.at(-1)).toMatchObject({ method: 'metadata', question: { resource: 'secrets', limit: 500 } })
    expect(answer.untrusted).toContain('checkout-db')
  })

  test('have a form of their own', async () => {
    const asked = { kind: 'pods', output: 'json', fields: ['metadata.name'] }
    await expect(run('resources_list', asked)).rejects.toMatchObject({ code: 'invalid_arguments' })
  })

  test('of one object are YAML, and those without a value are named', async () => {
    const fields = ['metadata.name', 'spec.containers[*].image', 'status.nope']
    const { answer } = await run('resources_get', { kind: 'pod', ...POD, fields })
    expect(answer.untrusted).toMatch(/^metadata\.name: checkout-\S+\nspec\.containers\[\*\]\.image: \S/)
    expect(answer.notes).toEqual(['No value at status.nope.'])
    const none = await run('resources_get', { kind: 'pod', ...POD, fields: ['a.b'] })
    expect(none.answer).toEqual({ notes: ['No value at a.b.'] })
  })
})

describe('pods_log', () => {
  const log = (text: string, cut = false): FakeCluster => ({ log: { text, cut } })
  const lines = (count: number) => Array.from({ length: count }, (_, it) => `line ${it}`).join('\n')

  test('asks for what it was asked for', async () => {
    const { calls } = await run('pods_log', { ...POD, container: 'app', tail: 7, since: '2m', previous: true })
    expect(calls.map((call) => call.question)).toEqual([
      { ...POD, container: 'app', tailLines: 7, sinceSeconds: 120, previous: true },
    ])
  })

  test('asks for 100 lines unless told otherwise', async () => {
    expect((await run('pods_log', POD)).calls[0]?.question).toEqual({ ...POD, tailLines: 100 })
  })

  test.each([
    ['nothing', log(''), {}, 'The log is empty: nothing was written'],
    ['nothing lately', log(''), { since: '5m' }, 'The log of the last 5m is empty: '],
    ['all of it', log(lines(3)), { since: '5m' }, '3 lines of the last 5m, complete.'],
    ['as many as asked for', log(lines(100)), {}, 'The newest 100 lines, perhaps not all: a larger tail'],
    ['a cut stream', log(lines(3), true), {}, 'The newest 3 lines; older ones do not fit one answer.'],
  ] as const)('says what it shows: %s', async (_, cluster, args, note) => {
    const { answer } = await run('pods_log', { ...POD, ...args }, cluster)
    expect(answer.notes?.join()).toContain(note)
  })

  test('keeps the newest lines that fit', async () => {
    const { answer } = await run('pods_log', { ...POD, tail: 5_000 }, log(lines(400)), { maxBytes: 2_000 })
    const shown = answer.untrusted?.split('\n') ?? []
    expect(shown.at(-1)).toBe('line 399')
    expect(answer.notes).toEqual([`The newest ${shown.length} lines; older ones do not fit one answer.`])
    expect(answer.untrusted?.length).toBeLessThanOrEqual(1_700)
  })

  test('keeps the end of one line that is too long', async () => {
    const { answer } = await run('pods_log', POD, log(`${'x'.repeat(9_000)}end`), { maxBytes: 2_000 })
    expect(answer.untrusted).toMatch(/^…x+end$/)
    expect(answer.notes).toEqual(['The newest 1 line; older ones do not fit one answer.'])
  })
})

describe('pods_log over all containers', () => {
  const waiting = new BulkheadError('log_unavailable', 'It is waiting to start.')
  const cluster: FakeCluster = {
    objects: {
      pods: [
        {
          metadata: POD,
          spec: { containers: [{ name: 'app' }, { name: 'proxy' }], initContainers: [{ name: 'migrate' }] },
        },
      ],
    },
    logs: { app: { text: 'one\ntwo\n', cut: false }, migrate: waiting },
    log: { text: '', cut: false },
  }

  test('gives each a section, and of one without a log why', async () => {
    const { answer } = await run('pods_log', { ...POD, allContainers: true }, cluster)
    expect(answer).toEqual({
      untrusted: [
        '== migrate: It is waiting to start.',
        '== app: 2 lines, complete.',
        'one',
        'two',
        '== proxy: The log is empty: nothing was written, or the container has not started.',
      ].join('\n'),
      notes: ['3 containers, a section each.'],
    })
  })

  test('hands on what it was asked for, and shares one answer between them', async () => {
    const long: FakeCluster = {
      ...cluster,
      logs: {},
      log: { text: 'x'.repeat(60).concat('\n').repeat(90), cut: false },
    }
    const asked = { ...POD, allContainers: true, repeats: true, match: 'x', context: 1 }
    const { answer, calls } = await run('pods_log', asked, long, { maxBytes: 3_000 })
    expect(calls.filter(({ method }) => method === 'log').map(({ question }) => question)).toEqual(
      ['migrate', 'app', 'proxy'].map((container) => ({ ...POD, container, match: 'x', context: 1 })),
    )
    expect(answer.untrusted?.length).toBeLessThan(3_000)
  })

  test('is refused beside a container, and by what refuses any of them', async () => {
    const both = { ...POD, allContainers: true, container: 'app' }
    await expect(run('pods_log', both, cluster)).rejects.toMatchObject({ code: 'invalid_arguments' })
    const down = { ...cluster, logs: { app: new BulkheadError('cluster_unreachable', 'down') } }
    await expect(run('pods_log', { ...POD, allContainers: true }, down)).rejects.toMatchObject({
      code: 'cluster_unreachable',
    })
  })

  test('of a crowd reads twenty and says how many are left', async () => {
    const crowd = Array.from({ length: 23 }, (_, at) => ({ name: `c${at}` }))
    const many = { ...cluster, objects: { pods: [{ metadata: POD, spec: { containers: crowd } }] } }
    const { answer } = await run('pods_log', { ...POD, allContainers: true }, many)
    expect(answer.notes).toEqual(['20 containers, a section each.', '3 more were not read: name one by container.'])
  })
})

describe('pods_log with match', () => {
  const found = (text: string, matches: number, cut = false): FakeCluster => ({
    log: { text, cut, found: { lines: 9_000, matches } },
  })

  test('searches all of the log unless told otherwise', async () => {
    const { calls } = await run('pods_log', { ...POD, match: 'x', context: 2, since: '5m' })
    expect(calls[0]?.question).toEqual({ ...POD, match: 'x', context: 2, sinceSeconds: 300 })
    expect((await run('pods_log', { ...POD, match: 'x', tail: 9 })).calls[0]?.question).toMatchObject({ tailLines: 9 })
  })

  test.each([
    [found('a\nb', 2), '2 matches in 9000 lines.'],
    [found('', 0), '0 matches in 9000 lines.'],
    [found('a', 1), '1 match in 9000 lines.'],
    [found('a\nb', 700, true), '700 matches in 9000 lines; the newest 2 lines are shown, older ones do not fit.'],
  ])('says how much it looked at', async (cluster, note) => {
    expect((await run('pods_log', { ...POD, match: 'x' }, cluster)).answer.notes).toEqual([note])
  })
})

describe('events_list', () => {
  const question = async (args: unknown) => {
    const { calls } = await run('events_list', args)
    return calls.at(-1)?.question
  }

  test('selects on the server, with the kind as the API server spells it', async () => {
    expect(await question({ involvedObject: 'deploy/web', type: 'Warning', namespace: 'shop' })).toEqual({
      resource: 'events',
      namespace: 'shop',
      fieldSelector: 'involvedObject.kind=Deployment,involvedObject.name=web,type=Warning',
    })
    expect(await question({ involvedObject: 'web-1' })).toMatchObject({ fieldSelector: 'involvedObject.name=web-1' })
    expect(await question({})).toEqual({ resource: 'events' })
  })

  test('since leaves out what is older', async () => {
    const { answer } = await run('events_list', { since: '10m', namespace: 'shop' })
    expect(answer.untrusted).not.toContain('FailedScheduling')
    expect(answer.notes).toEqual(['2 different events of the last 10m.'])
  })

  test('none is said', async () => {
    expect((await run('events_list', { namespace: 'quiet' })).answer).toEqual({ notes: ['No events.'] })
  })

  test('more than can be read or shown is said', async () => {
    const template = EVENTS.rows[0]
    const rows = Array.from({ length: 1_000 }, (_, it) => ({
      namespace: 'shop',
      cells: (template?.cells ?? []).map((cell, index) => (index === 3 ? `pod/web-${it}` : cell)),
    }))
    const { answer, calls } = await run('events_list', {}, { page: 200, tables: { events: { ...EVENTS, rows } } })
    expect(calls.filter((call) => call.method === 'table')).toHaveLength(4)
    expect(answer.untrusted?.split('\n').filter((line) => line.includes('pod/web-'))).toHaveLength(100)
    expect(answer.notes?.[0]).toContain('The newest 100 of 800 different events')
    expect(answer.notes?.[1]).toContain('Incomplete')
  })

  test('what does not fit is halved until it does', async () => {
    const rows = Array.from({ length: 90 }, (_, it) => ({
      namespace: 'shop',
      cells: (EVENTS.rows[0]?.cells ?? []).map((cell, index) => (index === 6 ? `${it} ${'m'.repeat(300)}` : cell)),
    }))
    const cluster = { tables: { events: { ...EVENTS, rows } } }
    const { answer } = await run('events_list', {}, cluster, { maxBytes: 4_000 })
    expect(answer.untrusted?.length).toBeLessThanOrEqual(3_400)
    expect(answer.notes?.[0]).toMatch(/^The newest [0-9]+ of 90 /)
  })
})

describe('api_resources_list', () => {
  test('narrows by group and verb', async () => {
    const core = await run('api_resources_list', { group: 'core', verb: 'list' })
    expect(core.answer.notes).toEqual([`7 of ${TYPES.length} resource types; without SCOPE: in namespaces.`])
    expect(core.answer.untrusted).not.toContain('deployments')
    const apps = await run('api_resources_list', { group: 'apps' })
    expect(apps.answer.untrusted).toContain('deployments\tdeploy\tDeployment')
  })

  test('says when nothing fits', async () => {
    const { answer } = await run('api_resources_list', { group: 'no.such.group' })
    expect(answer).toEqual({ notes: [`No resource type fits. The cluster serves ${TYPES.length} types in 7 groups.`] })
  })
})

describe('clusters_list', () => {
  const list = async (clusters: readonly FakeCluster[], args: unknown = {}) =>
    callTool(toolNamed('clusters_list'), args, createFake({ clusters }).views)

  test('names each failure and goes on', async () => {
    const answer = await list([
      { name: 'east', version: 'v1.36.3' },
      { name: 'west', version: new BulkheadError('cluster_unreachable', 'down'), readOnly: true },
    ])
    expect(answer.untrusted).toBe(
      'CLUSTER\tVERSION\tCHANGES\neast\tv1.36.3\tpossible\nwest\tcluster_unreachable\tread-only',
    )
  })

  test('waits four seconds for a silent cluster, and no longer', async () => {
    vi.useFakeTimers()
    try {
      const answer = list([{ name: 'silent', version: new Promise<string>(() => undefined) }])
      await vi.advanceTimersByTimeAsync(4_000)
      expect((await answer).untrusted).toContain('silent\tcluster_timeout')
    } finally {
      vi.useRealTimers()
    }
  })

  test('asks a bounded number of them', async () => {
    const answer = await list(Array.from({ length: 30 }, (_, it) => ({ name: `c${it}` })))
    expect(answer.notes).toEqual(['Only the first 24 of 30 clusters were asked for their version.'])
    expect(answer.untrusted?.match(/not asked/g)).toHaveLength(6)
  })

  test('shows one when asked for one, and refuses one that is not open', async () => {
    const clusters = [{ name: 'east' }, { name: 'west' }]
    expect((await list(clusters, { cluster: 'west' })).untrusted).toBe(
      'CLUSTER\tVERSION\tCHANGES\nwest\tv1.36.3\tpossible',
    )
    await expect(list(clusters, { cluster: 'north' })).rejects.toMatchObject({ code: 'unknown_cluster' })
    expect(await list([])).toEqual({ notes: ['Policy opens no cluster to this caller.'] })
  })
})

describe('access_check', () => {
  test('asks policy and RBAC about the same access', async () => {
    const asked: unknown[] = []
    const decide = (access: unknown) => {
      asked.push(access)
      return DENY
    }
    const { calls } = await run('access_check', { verb: 'patch', resource: 'deploy/scale', namespace: 'shop' }, SHOP, {
      decide,
    })
    const access = { verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'shop' }
    expect(asked).toEqual([{ cluster: 'demo', ...access }])
    expect(calls.at(-1)).toEqual({ method: 'rbac', cluster: 'demo', question: access })
  })

  test('without a namespace it is about all of them', async () => {
    const { calls } = await run('access_check', { verb: 'list', resource: 'pods' })
    expect(calls.at(-1)?.question).toMatchObject({ namespace: '*' })
    const nodes = await run('access_check', { verb: 'list', resource: 'nodes' })
    expect(nodes.calls.at(-1)?.question).not.toHaveProperty('namespace')
  })

  test('refuses a scope that cannot be', async () => {
    const wrong = { code: 'invalid_arguments' }
    await expect(run('access_check', { verb: 'get', resource: 'nodes', namespace: 'shop' })).rejects.toMatchObject(
      wrong,
    )
    await expect(run('access_check', { verb: 'get', resource: 'pods', name: 'web-1' })).rejects.toMatchObject(wrong)
  })

  test('policy stands where the cluster cannot be asked', async () => {
    const cluster = { ...SHOP, rbac: new BulkheadError('cluster_unreachable', 'It is down.') }
    const { answer } = await run('access_check', { verb: 'list', resource: 'pods' }, cluster)
    expect(answer.structured).toMatchObject({ decision: 'allow', rbac: { reason: 'cluster_unreachable: It is down.' } })
    expect(answer.notes).toContain('RBAC: not known. cluster_unreachable: It is down.')
  })

  test('what it answers fits its output schema', async () => {
    const { output } = toolNamed('access_check')
    for (const rbac of [{ allowed: false, reason: 'No.' }, new BulkheadError('cluster_timeout', 'Late.')]) {
      const { answer } = await run('access_check', { verb: 'delete', resource: 'pods' }, { ...SHOP, rbac })
      expect(output?.safeParse(answer.structured).success).toBe(true)
      expect(answer.notes?.join()).toContain('RBAC was asked about the read credential')
    }
  })
})

describe('access_whoami', () => {
  test('says where rules reach when they do not reach everywhere', async () => {
    const decide = ({ verb }: { verb: string }): Verdict =>
      verb === 'patch' ? { decision: 'approve', by: 'policy', rule: 'change', reason: '' } : DENY
    const { answer } = await run('access_whoami', {}, SHOP, {
      decide,
      namespacesFor: ({ resource, verb }) => (resource === 'pods' && verb === 'list' ? ['shop', 'web'] : []),
    })
    expect(answer.untrusted).toContain('  approve: patch deployments.apps')
    expect(answer.untrusted).toContain('  list pods: rules for namespaces shop, web')
    expect(answer.untrusted).toMatch(/ {2}deny: .*get secrets/)
  })

  test('asks no cluster anything', async () => {
    expect((await run('access_whoami')).calls).toEqual([])
  })
})
