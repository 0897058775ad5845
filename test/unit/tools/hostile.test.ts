/** Hostile arguments (THREATS.md L3-5): refused by the schema, with a coded error, before any question to a cluster. */
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import type { Tool } from '../../../src/tool.ts'
import { tools } from '../../../src/tools/index.ts'
import { callTool, createFake, planWith } from '../../support/fake-view.ts'
import { SHOP } from './shop.ts'

/** Arguments with which each tool runs: what is hostile replaces one of them. */
const GOOD: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  clusters_list: { cluster: 'demo' },
  namespaces_list: { cluster: 'demo', labelSelector: 'app=web' },
  api_resources_list: { cluster: 'demo', group: 'apps', verb: 'list' },
  resources_list: {
    cluster: 'demo',
    kind: 'pods',
    apiVersion: 'v1',
    namespace: 'shop',
    labelSelector: 'app=web,tier notin (a, b)',
    fieldSelector: 'status.phase=Running',
    limit: 5,
    cursor: 'from-0',
    output: 'table',
    fields: ['metadata.name', 'spec.containers[*].image'],
  },
  resources_get: {
    cluster: 'demo',
    kind: 'pod',
    apiVersion: 'v1',
    name: 'checkout-7c9f6b5d4f-x2lqz',
    namespace: 'shop',
    fields: ['spec.nodeName'],
  },
  resources_describe: {
    cluster: 'demo',
    kind: 'pod',
    apiVersion: 'v1',
    name: 'checkout-7c9f6b5d4f-x2lqz',
    namespace: 'shop',
  },
  resources_explain: { cluster: 'demo', kind: 'pod', apiVersion: 'v1', path: 'spec.containers[0].env' },
  pods_list: {
    cluster: 'demo',
    namespace: 'shop',
    labelSelector: '!legacy',
    fieldSelector: 'spec.nodeName!=node-1',
    limit: 5,
    cursor: 'from-0',
    output: 'wide',
  },
  pods_get: { cluster: 'demo', namespace: 'shop', name: 'checkout-7c9f6b5d4f-x2lqz' },
  diagnose: { cluster: 'demo', namespace: 'shop', kind: 'pod', name: 'checkout-7c9f6b5d4f-x2lqz', since: '2h' },
  pods_log: {
    cluster: 'demo',
    namespace: 'shop',
    name: 'checkout-7c9f6b5d4f-x2lqz',
    container: 'app',
    tail: 10,
    since: '10m',
    previous: true,
    allContainers: false,
    match: 'error|timeout',
    context: 2,
    repeats: true,
  },
  events_list: { cluster: 'demo', namespace: 'shop', involvedObject: 'Pod/web-1', type: 'Warning', since: '1h' },
  pods_top: {
    cluster: 'demo',
    namespace: 'shop',
    name: 'checkout-7c9f6b5d4f-x2lqz',
    labelSelector: 'app=web',
    sortBy: 'memory',
  },
  nodes_top: { cluster: 'demo', name: 'node-1', labelSelector: 'zone=a', sortBy: 'cpu' },
  rollout_status: { cluster: 'demo', kind: 'Deployment', name: 'checkout', namespace: 'shop' },
  rollout_history: { cluster: 'demo', kind: 'Deployment', name: 'checkout', namespace: 'shop' },
  helm_get: { cluster: 'demo', namespace: 'shop', name: 'web', revision: 1, part: 'values' },
  changes_list: { cluster: 'demo', namespace: 'shop', kind: 'deployment', name: 'checkout', since: '2h' },
  helm_list: { cluster: 'demo', namespace: 'shop' },
  access_check: { cluster: 'demo', verb: 'get', resource: 'pods/log', namespace: 'shop', name: 'web-1' },
  access_whoami: { cluster: 'demo' },
  plans_list: { cluster: 'demo' },
  plans_get: { id: 'demo-abcdefghijklmnop', waitSeconds: 1 },
  resources_apply: {
    cluster: 'demo',
    manifest: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}',
    force: true,
    reason: 'why',
  },
  resources_patch: {
    cluster: 'demo',
    kind: 'pod',
    apiVersion: 'v1',
    name: 'web-1',
    namespace: 'shop',
    patch: { spec: { replicas: 1 } },
    patchType: 'merge',
    reason: 'why',
  },
  resources_delete: {
    cluster: 'demo',
    kind: 'pod',
    apiVersion: 'v1',
    name: 'web-1',
    namespace: 'shop',
    cascade: 'orphan',
    reason: 'why',
  },
  resources_scale: {
    cluster: 'demo',
    kind: 'Deployment',
    name: 'checkout',
    namespace: 'shop',
    replicas: 3,
    reason: 'why',
  },
  rollout_restart: { cluster: 'demo', kind: 'Deployment', name: 'checkout', namespace: 'shop', reason: 'why' },
  rollout_undo: {
    cluster: 'demo',
    kind: 'Deployment',
    name: 'checkout',
    namespace: 'shop',
    toRevision: 1,
    reason: 'why',
  },
  rollout_pause: { cluster: 'demo', kind: 'Deployment', name: 'checkout', namespace: 'shop', reason: 'why' },
  rollout_resume: { cluster: 'demo', kind: 'Deployment', name: 'checkout', namespace: 'shop', reason: 'why' },
  nodes_cordon: { cluster: 'demo', name: 'node-1', reason: 'why' },
  nodes_uncordon: { cluster: 'demo', name: 'node-1', reason: 'why' },
  nodes_drain: { cluster: 'demo', name: 'node-1', deleteEmptyDir: true, force: true, reason: 'why' },
  pods_evict: { cluster: 'demo', name: 'web-1', namespace: 'shop', reason: 'why' },
  jobs_run: { cluster: 'demo', cronJob: 'nightly', namespace: 'shop', reason: 'why' },
  helm_rollback: { cluster: 'demo', name: 'web', namespace: 'shop', toRevision: 1, reason: 'why' },
  plans_withdraw: { id: 'demo-abcdefghijklmnop', reason: 'why' },
}

const THREE_HUNDRED = 'a'.repeat(300)
const CYRILLIC_A = '\u0430'
const ZERO_WIDTH = '\u200b'
const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['an option', '--server=https://evil'],
  ['a parent folder', '../'],
  ['a parent folder, encoded', '..%2f..%2fsecrets'],
  ['a path', 'pods/exec/x'],
  ['an encoded slash', 'pods%2Fexec'],
  ['300 characters', THREE_HUNDRED],
  ['10,000 characters', 'a'.repeat(10_000)],
  ['a homoglyph', `sh${CYRILLIC_A}p`],
  ['a hidden character', `shop${ZERO_WIDTH}`],
  ['a line break', 'shop\nkube-system'],
  ['a NUL', 'shop\u0000'],
  ['a query', 'shop?limit=1&watch=true'],
  ['a fragment', 'shop#'],
  ['a shell', '$(id)'],
  ['a URL', 'https://evil'],
  ['nothing', ''],
  ['a number', 7],
  ['null', null],
  ['a list', ['shop']],
  ['an object', { toString: 'shop' }],
]
/** What is not hostile there: an empty selector selects everything, a cursor is long by nature. */
const FITS: Readonly<Record<string, readonly unknown[]>> = {
  labelSelector: [''],
  fieldSelector: [''],
  cursor: [THREE_HUNDRED],
  limit: [7],
  tail: [7],
  context: [7],
  revision: [7],
  toRevision: [7],
  replicas: [7],
  waitSeconds: [7],
  // Words for a person, cleaned on their way out.
  reason: HOSTILE.map(([, value]) => value).filter((it) => typeof it === 'string' && it.length <= 500),
  // Read by a parser of its own (test/unit/kube/manifest.test.ts).
  manifest: HOSTILE.map(([, value]) => value).filter((it) => typeof it === 'string' && it !== ''),
  // What it may hold is the API server's to say, and the rails'.
  patch: HOSTILE.filter(([what]) => what === 'an object' || what === 'a list').map(([, value]) => value),
  fields: HOSTILE.filter(([what]) => what === 'a list').map(([, value]) => value),
  // Nearly every text is a pattern: it is matched with text, and goes nowhere else.
  match: HOSTILE.map(([, value]) => value).filter((it) => typeof it === 'string' && it !== '' && it.length <= 256),
}

const refusalOf = async (tool: Tool, args: unknown): Promise<{ code: unknown; asked: number }> => {
  const fake = createFake({ clusters: [SHOP] })
  const work = tool.kind === 'read' ? callTool : planWith
  const outcome = await work(tool, args, fake.views).then(
    () => 'answered',
    (error: unknown) => (error instanceof BulkheadError ? error.code : error),
  )
  return { code: outcome, asked: fake.calls.length }
}

const REFUSED = { code: 'invalid_arguments', asked: 0 }

describe.each(tools)('L3-5 $name', (tool) => {
  const good = GOOD[tool.name] ?? {}

  test('runs with every argument that it has', async () => {
    expect(Object.keys(good).sort()).toEqual(Object.keys(tool.input.shape).sort())
    const { code } = await refusalOf(tool, good)
    // The fake has no plans, and not every object that a change is about: what counts is that the arguments are good.
    if (tool.kind === 'read' && tool.name !== 'plans_get') expect(code).toBe('answered')
    else expect(code).not.toBe('invalid_arguments')
  })

  test('refuses an argument that it does not have', async () => {
    for (const unknown of ['kubeconfig', 'Namespace', '__proto__x', 'constructor', 'allNamespaces']) {
      expect(await refusalOf(tool, { ...good, [unknown]: 'x' })).toEqual(REFUSED)
    }
  })

  test('refuses what is no object', async () => {
    for (const args of [null, 'shop', 7, ['shop']]) expect(await refusalOf(tool, args)).toEqual(REFUSED)
  })

  describe.each(Object.keys(good))('%s', (argument) => {
    test.each(HOSTILE.filter(([, value]) => FITS[argument]?.includes(value) !== true))(
      'refuses %s',
      async (_, value) => {
        expect(await refusalOf(tool, { ...good, [argument]: value })).toEqual(REFUSED)
      },
    )
  })
})

describe('numbers', () => {
  const log = tools.find((tool) => tool.name === 'pods_log')
  const list = tools.find((tool) => tool.name === 'pods_list')
  test.each([0, -1, 1.5, 5_001, Number.MAX_SAFE_INTEGER, Number.NaN, '5'])('tail %s is refused', async (tail) => {
    expect(log && (await refusalOf(log, { ...GOOD.pods_log, tail }))).toEqual(REFUSED)
  })
  test.each([0, -1, 1.5, 501, '5'])('limit %s is refused', async (limit) => {
    expect(list && (await refusalOf(list, { ...GOOD.pods_list, limit }))).toEqual(REFUSED)
  })
  test.each(['10', 'm', '0m', '-5m', '1h30m', '10 m', '9999999s', '1w'])('since %s is refused', async (since) => {
    expect(log && (await refusalOf(log, { ...GOOD.pods_log, since }))).toEqual(REFUSED)
  })
})
