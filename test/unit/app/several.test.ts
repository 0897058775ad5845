/** One call over several clusters: each a call of its own, the whole within one budget, and never whole when it is not. */
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { CALL_DEADLINE_MS } from '../../../src/guard/call.ts'
import { CLUSTERS_AT_ONCE, MAX_CLUSTERS } from '../../../src/guard/several.ts'
import { MAX_CONNECTIONS } from '../../../src/kube/lanes.ts'
import { readTool } from '../../../src/tool.ts'
import { tools } from '../../../src/tools/index.ts'
import { type RunOptions, run } from './setup.ts'

const FLEET = ['prod', 'eu', 'lab']

/** A table of pods, a page of them where the server has more. */
const pods = (names: readonly string[], more = false): Response =>
  Response.json({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: more ? { continue: 'next', remainingItemCount: 7 } : {},
    columnDefinitions: [
      { name: 'Name', type: 'string', priority: 0 },
      { name: 'Status', type: 'string', priority: 0 },
    ],
    rows: names.map((name) => ({
      cells: [name, 'Running'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name, namespace: 'shop' } },
    })),
  })
const isList = (path: string): boolean => path.startsWith('/api/v1/pods?')
const down = (): Response =>
  Response.json(
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 },
    { status: 403 },
  )

const fleet = (options: RunOptions = {}) =>
  run({
    clusters: FLEET,
    send: (path, _, cluster) => (isList(path) ? Promise.resolve(pods([`${cluster}-web`])) : undefined),
    ...options,
  })

const headings = (text: string): readonly string[] =>
  Array.from(text.matchAll(/^== ([-a-z0-9]+)(.*)$/gm), ([, name = '', rest = '']) => `${name}${rest.slice(0, 24)}`)

describe('several clusters', () => {
  test.each([
    ['*', FLEET],
    ['prod,lab', ['prod', 'lab']],
    ['lab, prod', ['lab', 'prod']],
    ['prod,prod,eu,prod', ['prod', 'eu']],
    ['prod,prod', ['prod']],
  ] as const)('%j are asked once each, and answer under their names', async (cluster, names) => {
    const it = fleet()
    const reply = await it.call('pods_list', { cluster })
    expect(reply.isError, reply.text).toBe(false)
    expect(headings(reply.text)).toEqual(names)
    // The name stands outside of the envelope, before it.
    for (const name of names)
      expect(reply.text).toMatch(new RegExp(`^== ${name}\n<untrusted[^\n]*\n[^<]*${name}-web`, 'm'))
    expect(reply.text).not.toMatch(/Incomplete/)
    expect(it.asked.filter((path) => path.includes('/pods?'))).toHaveLength(names.length)
  })

  test('are a record and an outcome in the ledger of each, and none elsewhere', async () => {
    const it = fleet()
    await it.call('pods_list', { cluster: 'prod,eu' })
    const calls = new Set<unknown>()
    for (const name of ['prod', 'eu']) {
      const records = (await it.records(name)).filter(({ kind }) => kind !== 'credential')
      expect(records, name).toMatchObject([
        { kind: 'call', tool: 'pods_list', accesses: [{ verb: 'list', resource: 'pods', decision: 'allow' }] },
        { kind: 'outcome', outcome: 'ok' },
      ])
      for (const record of records) calls.add('call' in record ? record.call : undefined)
    }
    expect(calls.size).toBe(2)
    expect(await it.records('lab')).toEqual([])
    expect(await it.records('gateway')).toEqual([])
  })

  test('are judged each by its own policy, budget and switch; what failed is said first, and is a part', async () => {
    const it = fleet({
      config: {
        policy: [
          { name: 'not-eu', clusters: ['eu'], resources: ['pods'], decision: 'deny' },
          { name: 'look', clusters: FLEET, verbs: ['get', 'list'], resources: ['*'], decision: 'allow' },
        ],
      },
    })
    const reply = await it.call('pods_list', { cluster: '*' })
    expect(reply.isError).toBe(false)
    expect(reply.text).toMatch(/^Incomplete: 1 of 3 clusters gave no answer/)
    expect(reply.text).toMatch(/^== eu: policy_denied: .*not-eu/m)
    expect(it.asked.filter((path) => path.startsWith('eu'))).toEqual([])
    expect(await it.records('eu')).toMatchObject([{ kind: 'refusal', code: 'policy_denied' }])
  })

  test('one whose budget is used up, or that is frozen, stops no other', async () => {
    const it = fleet({ config: { limits: { callsPerMinute: 2 } } })
    await it.call('pods_list', { cluster: 'eu' })
    await it.call('pods_list', { cluster: 'eu' })
    const frozen = { scope: { kind: 'cluster' }, on: true, by: 'operator', reason: 'a test' } as const
    await it.ports.plans('lab').setSwitch({
      now: it.ports.clock.now(),
      row: frozen,
      entry: { kind: 'switch', scope: 'cluster', on: true, by: 'operator', reason: 'a test' },
    })
    const reply = await it.call('pods_list', { cluster: '*' })
    expect(reply.isError).toBe(false)
    expect(headings(reply.text)).toEqual(['prod', 'eu: rate_limited: This cal', 'lab: frozen: This cluster i'])
  })

  test('that all fail are an error, with the code and each one’s sentence', async () => {
    const it = fleet({ send: (path) => (isList(path) ? Promise.resolve(down()) : undefined) })
    const reply = await it.call('pods_list', { cluster: '*' })
    expect(reply).toMatchObject({ isError: true, code: 'cluster_forbidden' })
    expect(reply.text).toMatch(/^cluster_forbidden: None of 3 clusters gave an answer\.$/m)
    expect(reply.text.match(/^== [a-z]+: cluster_forbidden: /gm)).toHaveLength(3)
  })

  test('of which one is not open to the caller: that part is refused, and says nothing of what there is', async () => {
    const it = fleet({
      config: { policy: [{ name: 'look', clusters: ['prod', 'lab'], verbs: ['get', 'list'], decision: 'allow' }] },
    })
    const reply = await it.call('pods_list', { cluster: 'prod,eu,nowhere' })
    expect(reply.isError).toBe(false)
    const [eu, nowhere] = ['eu', 'nowhere'].map((name) => new RegExp(`^== ${name}: (.*)$`, 'm').exec(reply.text)?.[1])
    expect(eu).toMatch(/^unknown_cluster: .*: prod, lab\.$/)
    expect(nowhere).toBe(eu)
    // All that policy opens, and no more.
    expect(headings((await it.call('pods_list', { cluster: '*' })).text)).toEqual(['prod', 'lab'])
    expect(await it.records('eu')).toEqual([])
  })

  test('have each its own cursor, which goes on in its own cluster alone', async () => {
    const it = fleet({
      send: (path, _, cluster) =>
        isList(path)
          ? Promise.resolve(
              path.includes('continue=next') ? pods([`${cluster}-last`]) : pods([`${cluster}-web`], cluster !== 'lab'),
            )
          : undefined,
    })
    const { text } = await it.call('pods_list', { cluster: '*', limit: 1 })
    const notes = Array.from(text.matchAll(/cluster (\S+) and cursor (\S+)/g), ([, name, cursor]) => ({ name, cursor }))
    expect(notes.map(({ name }) => name)).toEqual(['prod', 'eu'])
    const [prod, eu] = notes
    expect(await it.call('pods_list', { cluster: 'prod', limit: 1, cursor: prod?.cursor })).toMatchObject({
      isError: false,
      text: expect.stringMatching(/prod-last/),
    })
    expect(await it.call('pods_list', { cluster: 'prod', limit: 1, cursor: eu?.cursor })).toMatchObject({
      code: 'cursor_invalid',
    })
    expect(await it.call('pods_list', { cluster: '*', limit: 1, cursor: eu?.cursor })).toMatchObject({
      code: 'invalid_arguments',
      text: expect.stringMatching(/one whose answer held it/),
    })
  })
})

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('a call has at most six requests under way, however many clusters it asks', async () => {
  let open = 0
  let most = 0
  const four = readTool({
    name: 'four_list',
    title: 'Four lists',
    description: 'Lists four times at once.',
    input: z.strictObject({ cluster: z.string().optional() }),
    several: true,
    needs: [],
    async run({ cluster }, views) {
      const view = views.cluster(cluster)
      const type = await view.resolve('pods', 'v1')
      await Promise.all(Array.from({ length: 4 }, () => view.table(type, { namespace: 'shop' })))
      return { notes: ['Done.'] }
    },
  })
  const it = fleet({
    tools: [four],
    send: (path) => {
      if (!path.includes('/namespaces/shop/pods')) return undefined
      open += 1
      most = Math.max(most, open)
      // Until everything that could be sent meanwhile has been.
      return turns(200).then(() => {
        open -= 1
        return pods([])
      })
    },
  })
  // A first call's requests wait for its admission; from then on they run beside it.
  await it.call('four_list', { cluster: '*' })
  most = 0
  const { isError, text } = await it.call('four_list', { cluster: '*' })
  expect(isError, text).toBe(false)
  expect(it.asked).toHaveLength(2 * 4 * FLEET.length)
  expect(most).toBe(MAX_CONNECTIONS)
})

describe('what is wrong with a call over several clusters', () => {
  const crowd = Array.from({ length: MAX_CLUSTERS + 1 }, (_, at) => `c${at}`)

  test.each<[string, string, Record<string, unknown>]>([
    ['an empty part', 'pods_list', { cluster: 'prod,,eu' }],
    ['an end that is empty', 'pods_list', { cluster: 'prod,' }],
    ['nothing but commas', 'pods_list', { cluster: ',' }],
    ['a star among names', 'pods_list', { cluster: '*,prod' }],
    ['a name that could not be one', 'pods_list', { cluster: 'prod,../eu' }],
    ['capitals', 'pods_list', { cluster: 'prod,EU' }],
    ['more than there is room for', 'pods_list', { cluster: crowd.join(',') }],
    ['a thousand names', 'pods_list', { cluster: Array.from({ length: 1000 }, (_, at) => `c${at}`).join(',') }],
    ['a megabyte', 'pods_list', { cluster: `prod,${'x'.repeat(1_000_000)}` }],
    ['another argument', 'pods_list', { cluster: '*', namespace: '../x' }],
    ['a tool of one object', 'pods_get', { cluster: '*', name: 'web', namespace: 'shop' }],
    ['a tool with a structure', 'access_check', { cluster: 'prod,eu', verb: 'list', resource: 'pods' }],
    ['a diagnosis', 'diagnose', { cluster: '*' }],
  ])('%s: refused once, recorded once, and nobody is asked', async (_, tool, args) => {
    const it = fleet()
    const reply = await it.call(tool, args)
    expect(reply, reply.text).toMatchObject({ isError: true, code: 'invalid_arguments' })
    expect(reply.text.length).toBeLessThan(400)
    expect(it.asked).toEqual([])
    expect(await it.records('gateway')).toMatchObject([{ kind: 'refusal', tool, code: 'invalid_arguments' }])
    for (const name of FLEET) expect(await it.records(name)).toEqual([])
  })

  test('a change is made in one cluster', async () => {
    const it = fleet({
      config: {
        policy: [{ name: 'all', clusters: FLEET, decision: 'allow' }],
        clusters: Object.fromEntries(
          FLEET.map((name) => [
            name,
            {
              server: `https://${name}.example.com:6443`,
              credentials: { read: { token: { secret: 'READ_TOKEN' } }, change: { token: { secret: 'READ_TOKEN' } } },
            },
          ]),
        ),
      },
    })
    for (const tool of tools.filter(({ kind }) => kind === 'change')) {
      const reply = await it.call(tool.name, { cluster: 'prod,eu' })
      expect(reply, tool.name).toMatchObject({
        code: 'invalid_arguments',
        text: expect.stringMatching(/in one cluster/),
      })
    }
    expect(it.asked).toEqual([])
  })

  test('a tool that is not open stays unknown, and nobody without a rule learns of a cluster', async () => {
    const it = fleet({ config: { policy: [{ name: 'none', groups: ['others'], decision: 'allow' }] } })
    expect(await it.call('pods_list', { cluster: '*' })).toMatchObject({ code: 'unknown_tool' })
  })
})

describe('room and time', () => {
  const MAX_BYTES = 20_000
  const bytes = (text: string): number => new TextEncoder().encode(text).length

  test.each([2, 3, 9])(
    '%i clusters that could each fill it share one answer, and those that need little leave it',
    async (many) => {
      const clusters = Array.from({ length: many }, (_, at) => `c${at}`)
      const rows = Array.from({ length: 450 }, (_, at) => `pod-${'x'.repeat(60)}-${at}`)
      const it = run({
        clusters,
        config: { output: { maxBytes: MAX_BYTES } },
        // The first of them have nothing to say.
        send: (path, _, cluster) =>
          isList(path)
            ? Promise.resolve(pods(cluster === 'c0' ? [] : rows.slice(0, Number(/limit=(\d+)/.exec(path)?.[1])), true))
            : undefined,
      })
      const { text, isError } = await it.call('pods_list', { cluster: '*' })
      expect(isError, text).toBe(false)
      expect(bytes(text)).toBeLessThanOrEqual(MAX_BYTES)
      const sections = text.split(/^== /m).slice(1)
      expect(sections).toHaveLength(many)
      for (const section of sections.slice(1)) {
        expect(bytes(section)).toBeGreaterThan((0.6 * MAX_BYTES) / many)
        expect(section).toMatch(/cluster c\d and cursor /)
      }
      // Two begin together with an equal part; what the first leaves, only those that begin later can have.
      if (many > CLUSTERS_AT_ONCE) expect(bytes(text)).toBeGreaterThan(0.6 * MAX_BYTES)
    },
  )

  test('an answer too small for several says how many it has room for', async () => {
    const it = fleet({ config: { output: { maxBytes: 4_000 }, limits: { bytesPerMinute: 100_000 } } })
    expect(await it.call('pods_list', { cluster: '*' })).toMatchObject({
      code: 'invalid_arguments',
      text: expect.stringMatching(/at most 2 clusters/),
    })
    expect(await it.call('pods_list', { cluster: 'prod,eu' })).toMatchObject({ isError: false })
  })

  test('all of them have the time of one call: who was not asked in it says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const clusters = Array.from({ length: 11 }, (_, at) => `c${at}`)
      const it = run({
        clusters,
        send: (path, _, cluster) =>
          isList(path) ? (cluster === 'c0' ? Promise.resolve(pods(['web'])) : new Promise(() => undefined)) : undefined,
      })
      const call = it.call('pods_list', { cluster: '*' })
      // c0 answers at once; of the others three at a time wait for the API server's own deadline, so that a third round ends the call.
      for (const asked of [4, 7, 10]) {
        while (it.asked.length < asked) await new Promise((resolve) => setImmediate(resolve))
        await vi.advanceTimersByTimeAsync(CALL_DEADLINE_MS / 3)
      }
      const { text, isError } = await call
      expect(isError).toBe(false)
      expect(text).toMatch(/^Incomplete: 10 of 11 clusters/)
      expect(headings(text)).toHaveLength(11)
      expect(text).toMatch(/^== c1: cluster_timeout: The API server/m)
      expect(text).toMatch(/^== c10: cluster_timeout: Not asked/m)
      expect(await it.records('c10')).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  test('at most so many are asked at once', async () => {
    let [now, most] = [0, 0]
    const it = run({
      clusters: Array.from({ length: 8 }, (_, at) => `c${at}`),
      send: (path) => {
        if (!isList(path)) return undefined
        now += 1
        most = Math.max(most, now)
        return new Promise((resolve) =>
          setTimeout(() => {
            now -= 1
            resolve(pods(['web']))
          }, 5),
        )
      },
    })
    expect(await it.call('pods_list', { cluster: '*' })).toMatchObject({ isError: false })
    expect(most).toBe(CLUSTERS_AT_ONCE)
  })
})

describe('the catalogue', () => {
  test.each(tools)('$name says that it takes several exactly when it does, and then has no structure', (tool) => {
    const { cluster } = tool.input.shape
    const says = cluster !== undefined && /\*/.test(z.toJSONSchema(cluster as z.ZodType).description ?? '')
    const takes = tool.kind === 'read' && tool.several === true
    expect(says).toBe(takes)
    if (takes) expect(tool.output).toBeUndefined()
  })

  test('a tool never knows how many were asked', async () => {
    const seen: unknown[] = []
    const probe = readTool({
      name: 'probe_list',
      title: 'Probe',
      description: 'Probes.',
      input: z.strictObject({ cluster: z.string().optional() }),
      several: true,
      needs: [],
      async run(input, views) {
        seen.push({ ...input, bytes: views.limits.maxBytes < 48_000 })
        return { untrusted: `here\n== prod\n${views.cluster(input.cluster).name}` }
      },
    })
    const it = fleet({ tools: [probe] })
    const { text } = await it.call('probe_list', { cluster: 'eu,lab' })
    expect(seen).toEqual([
      { cluster: 'eu', bytes: true },
      { cluster: 'lab', bytes: true },
    ])
    // L1-1: what a cluster says of itself stays inside its envelope, under the heading that is ours.
    expect(text).toMatch(/^== eu\n(<untrusted cluster-text \S+>)\nhere\n== prod\neu\n<\/untrusted \S+>\n== lab\n/)
  })
})
