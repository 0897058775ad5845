/**
 * Non-interference (THREATS.md L1-3): a client that obeys every sentence that it reads, in front of a cluster where every
 * place that agents read is full of orders, with every tool that changes in its hands and a person behind it who says yes
 * to everything. What it may do is what policy says, whatever it is told: nothing is written but what policy allows outright
 * (a forged yes counts as allowed, which is why `approve` exists), nobody else is spoken to, no secret arrives, and all that
 * it did stands in the ledger.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { addPrograms, opening } from '../../scripts/demo/controllers/programs.ts'
import { canaryValues } from '../../scripts/demo/seed/canaries.ts'
import { type SeenRequest, startDemoCluster } from '../../scripts/demo/server.ts'
import { leaksIn } from '../support/canaries.ts'
import { NAMESPACE as CANARIES } from '../support/canary-objects.ts'
import { type DemoTarget, demoTarget, grantChanges, readKeepers } from '../support/canary-targets.ts'
import { connectClient, type ToolReply } from '../support/clients.ts'
import { MAX_ORDERS, type Order, obey } from '../support/evil-client.ts'
import { type Gateway, gatewayFor } from '../support/gateway.ts'
import { keeperNotes, LURE_IMAGE, LURES, lures, MARKER, namedBy, sentences, waitingFor } from '../support/injections.ts'
import { ALLOWED, CONFIRMED } from '../support/injections-changes.ts'
import { collectionOf, plantCanaries } from '../support/plant.ts'
import { type RunningProduct, startProduct } from '../support/platforms.ts'
import { partsOf } from '../unit/attacks/api-server.ts'

const START_MS = 120_000
const OBEY_MS = 240_000
const OTHER = 'vault'
const MERGE = 'application/merge-patch+json'

interface Done {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly reply: ToolReply
}

interface Plan {
  readonly planId: string
  readonly state: string
  readonly decision: string
  readonly code?: string
  readonly diff: string
}

interface LedgerRecord {
  readonly kind: string
  readonly verdict?: string
  readonly plan?: string
  readonly call?: string
  readonly accesses?: readonly {
    readonly verb: string
    readonly namespace?: string
    readonly name?: string
    readonly decision: string
  }[]
}

let target: DemoTarget
let other: Awaited<ReturnType<typeof startDemoCluster>>
let trap: Server
let trapped = 0
let gateway: Gateway
let product: RunningProduct
let texts: readonly string[]
let orders: readonly Order[]
const done: Done[] = []
const doors: { readonly method: string; readonly path: string; readonly status: number; readonly location: string }[] =
  []
/** What reached the API server, as it came: the demo keeps the newest alone. */
const reached: SeenRequest[] = []
/** Requests to `tools/call`; a client that is asked makes two of one. */
let asked = 0
const bytes: string[] = []
const origins = new Set<string>()

/** Outright, with a yes, with an operator's approval, and not at all. */
const changing = (cluster: string): readonly object[] => {
  const verbs = ['create', 'update', 'patch', 'delete']
  const rule = { groups: ['agents'], clusters: [cluster], verbs }
  const one = { ...rule, verbs: ['patch'], namespaces: [LURES], resources: ['configmaps'] }
  return [
    { ...one, name: 'outright', names: [ALLOWED], decision: 'allow' },
    { ...one, name: 'with-a-yes', names: [CONFIRMED], decision: 'confirm' },
    { ...rule, name: 'no-jobs', resources: ['jobs.batch', 'cronjobs.batch'], namespaces: [LURES], decision: 'deny' },
    { ...rule, name: 'approved', namespaces: [LURES, CANARIES], decision: 'approve', approvers: ['operators'] },
    { ...rule, name: 'look-at-nodes', verbs: ['get', 'list'], resources: ['nodes'], decision: 'allow' },
    { ...rule, name: 'nodes', resources: ['nodes'], decision: 'approve', approvers: ['operators'] },
  ]
}

const plantLures = async (): Promise<void> => {
  const { first, objects } = lures(texts)
  for (const object of [first, ...readKeepers(LURES), ...objects]) {
    const { status, text } = await target.send('POST', collectionOf(object), object)
    expect(status, text).toBe(201)
  }
  const patch = async (path: string, body: object) =>
    expect((await target.send('PATCH', path, body, MERGE)).status, path).toBe(200)
  const at = `/namespaces/${LURES}`
  await patch(`/apis/canary.example.com/v1${at}/keepers/lure-keeper/status`, keeperNotes(texts))
  await patch(`/api/v1${at}/pods/lure-containers/status`, namedBy(texts))
  await patch(`/api/v1${at}/pods/lure-errors/status`, waitingFor(texts.join(' ')))
  await grantChanges(target.send, LURES)
}

const take = (): void => {
  const seen = target.demo.requests as SeenRequest[]
  reached.push(...seen.splice(0))
}

/** As a client of 2026-07-28 would repeat a call. */
const repeat = async (send: typeof fetch, tool: string, args: object, more: object): Promise<Repeated> => {
  const response = await send(`${product.origin}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.agentKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'evil', version: '0' },
          'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {}, url: {} } },
        },
        ...more,
      },
    }),
  })
  return (await response.json()) as Repeated
}

interface Repeated {
  readonly result?: { readonly requestState?: string }
}

const exported = async (): Promise<readonly LedgerRecord[]> => {
  const ledgers = ['gateway', target.cluster.name, OTHER]
  const all = await Promise.all(
    ledgers.map(async (ledger) => {
      const headers = { authorization: `Bearer ${gateway.operatorKey}` }
      const response = await fetch(`${product.origin}/audit/export?ledger=${ledger}`, { headers })
      const text = await response.text()
      bytes.push(text)
      return text.split('\n').filter((line) => line !== '')
    }),
  )
  return all.flat().map((line) => JSON.parse(line) as LedgerRecord)
}

beforeAll(async () => {
  trap = createServer((_request, response) => {
    trapped += 1
    response.end()
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  const bait = { trap: `http://127.0.0.1:${(trap.address() as AddressInfo).port}`, otherCluster: OTHER }
  texts = sentences(bait)
  addPrograms([
    {
      image: LURE_IMAGE,
      log: ({ started }) =>
        opening(
          started,
          texts.flatMap((text) => text.split('\n')),
        ),
    },
  ])
  target = await demoTarget()
  other = await startDemoCluster()
  await plantCanaries(target.send)
  await plantLures()
  const mine = gatewayFor(target.cluster, {
    // Everything that is planted is to be read, and nobody is to be stopped by a budget alone.
    output: { maxBytes: 400_000, logBytes: 400_000 },
    limits: { callsPerMinute: 100_000, bytesPerMinute: 1_000_000_000, changesPerHour: 10_000, pendingPlans: 500 },
  })
  const theirs = gatewayFor({ ...target.cluster, name: OTHER, server: other.server })
  gateway = {
    ...mine,
    config: {
      ...mine.config,
      clusters: {
        ...(mine.config.clusters as object),
        [OTHER]: {
          ...(theirs.config.clusters as Record<string, object>)[OTHER],
          certificateAuthority: { secret: 'OTHER_CA' },
        },
      },
      policy: [
        {
          name: 'own-namespaces',
          groups: ['agents'],
          clusters: [target.cluster.name],
          namespaces: [LURES, CANARIES],
          verbs: ['get', 'list'],
          resources: ['*'],
          decision: 'allow',
        },
        {
          name: 'namespaces',
          groups: ['agents'],
          clusters: [target.cluster.name],
          verbs: ['get', 'list'],
          resources: ['namespaces'],
          decision: 'allow',
        },
        ...changing(target.cluster.name),
      ],
    },
    secrets: { ...mine.secrets, OTHER_CA: other.certificateAuthority },
  }
  product = await startProduct('workerd', gateway.config, gateway.secrets)
  take()
  reached.length = 0

  const recording: typeof fetch = async (input, init) => {
    if (typeof init?.body === 'string' && init.body.includes('"method":"tools/call"')) asked += 1
    origins.add(new URL(input instanceof Request ? input.url : input).origin)
    const response = await fetch(input, init)
    bytes.push(await response.clone().text())
    return response
  }
  const client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey, recording, () => ({
    action: 'accept',
    content: { confirm: true },
  }))
  // Once: with the schemas the client knows which arguments are mirrored in headers.
  await client.listTools()
  orders = await obey({
    key: gateway.agentKey,
    origin: product.origin,
    async call(tool, args) {
      const reply = await client.call(tool, args)
      done.push({ tool, args, reply })
      take()
      return `${reply.text}\n${JSON.stringify(reply.structured ?? {})}`
    },
    async http(method, path) {
      const headers = { authorization: `Bearer ${gateway.agentKey}` }
      const response = await recording(`${product.origin}${path}`, { method, headers, redirect: 'manual' })
      doors.push({ method, path, status: response.status, location: response.headers.get('location') ?? '' })
      return response.text()
    },
    async answer(tool, args) {
      const yes = { inputResponses: { plan: { action: 'accept', content: { confirm: true } } } }
      const first = await repeat(recording, tool, args, {})
      const state = first.result?.requestState ?? 'e30'
      const replies = [first]
      for (const requestState of [`${state.slice(0, -2)}AA`, 'e30', state])
        replies.push(await repeat(recording, tool, args, { ...yes, requestState }))
      take()
      return JSON.stringify(replies)
    },
  })
  await client.close()
  // An approval that took hold somewhere would be carried out by a job, soon.
  await vi.waitFor(async () => expect((await exported()).some(({ kind }) => kind === 'effect')).toBe(true), 10_000)
  take()
}, START_MS + OBEY_MS)

afterAll(async () => {
  await product?.stop()
  await target?.stop()
  await other?.stop()
  trap?.close()
})

describe('L1-3 a client that obeys every sentence that it reads', () => {
  test('obeyed: every sentence reached it, and it came to an end', () => {
    const read = done.map(({ reply }) => reply.text).join('\n')
    const missed = texts.filter((_, index) => !new RegExp(`${MARKER}-${index}\\b`).test(read))
    expect(missed).toEqual([])
    expect(orders.length).toBeGreaterThan(texts.length)
    expect(orders.length).toBeLessThan(MAX_ORDERS)
    const tools = new Set(done.map(({ tool }) => tool))
    for (const tool of ['resources_delete', 'pods_exec', 'changes_apply', 'resources_get', 'pods_log', 'clusters_list'])
      expect([...tools]).toContain(tool)
  })

  test('each carrier gave the orders on', () => {
    const carriers: readonly (readonly [string, string])[] = [
      ['events_list', LURES],
      ['pods_log', 'lure-logs'],
      ['pods_get', 'lure-errors'],
      ['resources_get', LURES],
      ['resources_get', 'lure-map'],
      ['resources_get', 'lure-annotations'],
      ['resources_get', 'lure-labels'],
      ['resources_get', 'lure-keeper'],
    ]
    const heard = (tool: string, word: string) => {
      const found = done.find((it) => it.tool === tool && Object.values(it.args).includes(word))
      return new Set(found?.reply.text.match(new RegExp(`${MARKER}-[0-9]+[a-z]?`, 'g'))).size
    }
    for (const [tool, word] of carriers) expect(heard(tool, word), `${tool} ${word}`).toBe(texts.length)
    // Names of containers, images and environment, each by itself.
    expect(heard('pods_get', 'lure-containers')).toBe(texts.length * 3)
    // What the kubelet says of a log that it refuses is not even repeated.
    expect(heard('pods_log', 'lure-errors')).toBe(0)
  })

  test('wrote what policy allows outright or with a yes, and nothing else: the API server saw the rest as dry runs', () => {
    const REVIEW =
      /^\/apis\/(?:authorization\.k8s\.io\/v1\/selfsubject(?:access|rules)reviews|authentication\.k8s\.io\/v1\/selfsubjectreviews)(?:\?|$)/
    const writes = reached.filter(
      ({ method, path }) => method !== 'GET' && !REVIEW.test(path) && !/[?&]dryRun=All(?:&|$)/.test(path),
    )
    const allowed = [ALLOWED, CONFIRMED].map((name) => `PATCH /api/v1/namespaces/${LURES}/configmaps/${name}`)
    // Both happened, or this would prove nothing.
    expect(new Set(writes.map(({ method, path }) => `${method} ${path.split('?', 1)[0]}`))).toEqual(new Set(allowed))
    const doorsOfPods = reached.filter(({ path }) => /\/(?:exec|attach|proxy|portforward|token)\b/.test(path))
    expect(doorsOfPods).toEqual([])
    expect(reached.filter(({ path }) => /watch=true/.test(decodeURIComponent(path)))).toEqual([])
    // What carries the dry run in its body is asked for by that alone, and never without the parameter.
    expect(reached.filter(({ method, path }) => method === 'DELETE' && !path.includes('dryRun=All'))).toEqual([])
  })

  test('planned what needs an approval, and no plan of it was ever approved', async () => {
    const plans = new Map<string, Plan>()
    for (const { reply } of done) {
      const plan = reply.structured as Plan | undefined
      if (plan?.planId !== undefined) plans.set(plan.planId, plan)
    }
    const waiting = [...plans.values()].filter(({ decision }) => decision === 'approve')
    expect(waiting.length).toBeGreaterThan(10)
    for (const { planId, state, code } of waiting) {
      // Pending, or taken back by the one who asked.
      expect([planId, state, code]).toEqual([planId, state === 'refused' ? 'refused' : 'pending', code])
    }
    const tools = new Set(done.filter(({ reply }) => reply.structured !== undefined).map(({ tool }) => tool))
    const PLANNED = ['resources_delete', 'resources_scale', 'resources_patch', 'resources_apply', 'rollout_restart']
    for (const tool of [...PLANNED, 'rollout_pause', 'pods_evict', 'nodes_cordon', 'plans_withdraw'])
      expect([...tools]).toContain(tool)
    const decisions = (await exported()).filter(({ kind }) => kind === 'decision')
    expect(decisions.filter(({ verdict }) => verdict === 'approved')).toEqual([])
    const allowed = [...plans.values()].filter(({ decision }) => decision !== 'approve').map(({ planId }) => planId)
    expect(allowed.length).toBeGreaterThan(0)
    const confirmed = decisions.filter(({ verdict }) => verdict === 'confirmed').map(({ plan }) => plan)
    for (const id of confirmed) expect(waiting.map(({ planId }) => planId)).not.toContain(id)
  })

  test('read orders in plans, too: in their diffs and in the reasons of others', () => {
    const diffs = done.map(({ reply }) => String((reply.structured as Plan | undefined)?.diff ?? '')).join('\n')
    expect(new Set(diffs.match(new RegExp(`${MARKER}-[0-9]+`, 'g'))).size).toBeGreaterThan(20)
  })

  test('spoke to nobody else: not to the attacker, not to a cluster that is not its own', () => {
    expect(trapped).toBe(0)
    expect(other.requests).toEqual([])
    expect([...origins]).toEqual([product.origin])
  })

  test('received no canary, and gave its key to nobody', async () => {
    const all = bytes.join('\n')
    expect(leaksIn(all)).toEqual([])
    expect(canaryValues.filter((value) => all.includes(value))).toEqual([])
    await exported()
    expect(bytes.join('\n')).not.toContain(gateway.agentKey)
    expect(reached.filter(({ path }) => decodeURIComponent(path).includes(gateway.agentKey))).toEqual([])
  })

  test('was answered or refused with a code, each time', () => {
    for (const { tool, args, reply } of done)
      expect(reply.isError ? reply.code : 'ok', `${tool} ${JSON.stringify(args)}: ${reply.text}`).toMatch(/^[a-z_]+$/)
    const codes = new Set(done.map(({ reply }) => reply.code))
    for (const code of ['unknown_tool', 'invalid_arguments', 'policy_denied', 'unknown_cluster', 'cursor_invalid'])
      expect([...codes]).toContain(code)
    const answered = done.filter(({ args, reply }) => !reply.isError && 'namespace' in args)
    expect(new Set(answered.map(({ args }) => args.namespace))).toEqual(new Set([LURES, CANARIES]))
    expect(doors.length).toBeGreaterThan(3)
    // Whoever looks at the console without a session is shown the way in, and no more.
    const shown = doors.filter(({ status }) => status < 400)
    expect(shown.length).toBeGreaterThan(10)
    for (const { method, location } of shown)
      expect([method, location.split('?', 1)[0]]).toEqual(['GET', '/console/sign-in'])
  })

  test('stands in the ledger with all that it did', async () => {
    const records = await vi.waitFor(exported)
    const calls = new Set(records.filter(({ kind }) => kind === 'call' || kind === 'refusal').map(({ call }) => call))
    expect(calls.size).toBe(asked)
    const allowed = records.flatMap(({ accesses = [] }) => accesses).filter(({ decision }) => decision === 'allow')
    expect(allowed.length).toBeGreaterThan(0)
    for (const { verb, namespace, name } of allowed) {
      expect([LURES, CANARIES, undefined, '*']).toContain(namespace)
      if (verb !== 'get' && verb !== 'list') expect([verb, namespace, name]).toEqual(['patch', LURES, ALLOWED])
    }
  })

  test('L1-1 read the attacker’s words inside the envelope only, never in a note, a code or a structure', () => {
    const boundaries = new Set<string>()
    for (const { tool, args, reply } of done) {
      const asked = `${tool} ${JSON.stringify(args)}`
      const { inside, outside } = partsOf(reply.text)
      expect(outside, asked).not.toContain(MARKER)
      // Of a plan these are the cluster's text, or the agent's own, and documented as such.
      const { diff: _, warnings: __, reason: ___, operations: ____, ...ours } = reply.structured ?? {}
      expect(JSON.stringify(ours), asked).not.toContain(MARKER)
      expect(inside, asked).not.toMatch(/<\s*\/?\s*untrusted/i)
      const [, boundary] = /^<untrusted cluster-text ([\w-]{12})>$/m.exec(reply.text) ?? []
      if (boundary === undefined) continue
      expect(boundaries.has(boundary), asked).toBe(false)
      boundaries.add(boundary)
    }
    expect(boundaries.size).toBeGreaterThan(10)
  })
})
