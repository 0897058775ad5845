/**
 * Non-interference, the half of reads (THREATS.md L1-3): a client that obeys every sentence that it reads, in front of a
 * cluster where every place that agents read is full of orders. What it may do is what policy says, whatever it is told:
 * nothing is written, nobody else is spoken to, no secret arrives, and all that it did stands in the ledger.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { addPrograms, opening } from '../../scripts/demo/controllers/programs.ts'
import { canaryValues } from '../../scripts/demo/seed/canaries.ts'
import { startDemoCluster } from '../../scripts/demo/server.ts'
import { leaksIn } from '../support/canaries.ts'
import { NAMESPACE as CANARIES } from '../support/canary-objects.ts'
import { type DemoTarget, demoTarget, readKeepers } from '../support/canary-targets.ts'
import { connectClient, type ToolReply } from '../support/clients.ts'
import { MAX_ORDERS, type Order, obey } from '../support/evil-client.ts'
import { type Gateway, gatewayFor } from '../support/gateway.ts'
import { keeperNotes, LURE_IMAGE, LURES, lures, MARKER, namedBy, sentences, waitingFor } from '../support/injections.ts'
import { collectionOf, plantCanaries } from '../support/plant.ts'
import { type RunningProduct, startProduct } from '../support/platforms.ts'
import { partsOf } from '../unit/attacks/api-server.ts'

const START_MS = 120_000
const OBEY_MS = 120_000
const OTHER = 'vault'
const MERGE = 'application/merge-patch+json'

interface Done {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly reply: ToolReply
}

interface LedgerRecord {
  readonly kind: string
  readonly call?: string
  readonly accesses?: readonly { readonly verb: string; readonly namespace?: string; readonly decision: string }[]
}

let target: DemoTarget
let other: Awaited<ReturnType<typeof startDemoCluster>>
let trap: Server
let trapped = 0
let gateway: Gateway
let product: RunningProduct
let texts: readonly string[]
let before: number
let orders: readonly Order[]
const done: Done[] = []
const doors: { readonly method: string; readonly path: string; readonly status: number }[] = []
const bytes: string[] = []
const origins = new Set<string>()

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
  const mine = gatewayFor(target.cluster)
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
      ],
    },
    secrets: { ...mine.secrets, OTHER_CA: other.certificateAuthority },
  }
  product = await startProduct('workerd', gateway.config, gateway.secrets)
  before = target.demo.requests.length

  const recording: typeof fetch = async (input, init) => {
    origins.add(new URL(input instanceof Request ? input.url : input).origin)
    const response = await fetch(input, init)
    bytes.push(await response.clone().text())
    return response
  }
  const client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey, recording)
  // Once: with the schemas the client knows which arguments are mirrored in headers.
  await client.listTools()
  orders = await obey({
    key: gateway.agentKey,
    origin: product.origin,
    async call(tool, args) {
      const reply = await client.call(tool, args)
      done.push({ tool, args, reply })
      return `${reply.text}\n${JSON.stringify(reply.structured ?? {})}`
    },
    async http(method, path) {
      const headers = { authorization: `Bearer ${gateway.agentKey}` }
      const response = await recording(`${product.origin}${path}`, { method, headers })
      doors.push({ method, path, status: response.status })
      return response.text()
    },
  })
  await client.close()
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

  test('wrote nothing: the API server saw reads and reviews of its own powers', () => {
    const { requests } = target.demo
    // The demo keeps 2,000.
    expect(requests.length).toBeLessThan(2000)
    const REVIEW = /^\/apis\/authorization\.k8s\.io\/v1\/selfsubject(?:access|rules)reviews(?:\?|$)/
    const others = requests.slice(before).filter(({ method, path }) => method !== 'GET' && !REVIEW.test(path))
    expect(others).toEqual([])
    const doorsOfPods = requests
      .slice(before)
      .filter(({ path }) => /\/(?:exec|attach|proxy|portforward|token)\b/.test(path))
    expect(doorsOfPods).toEqual([])
    expect(requests.slice(before).filter(({ path }) => /watch=true|dryRun/.test(decodeURIComponent(path)))).toEqual([])
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
    expect(target.demo.requests.filter(({ path }) => decodeURIComponent(path).includes(gateway.agentKey))).toEqual([])
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
    expect(doors.filter(({ status }) => status < 400)).toEqual([])
  })

  test('stands in the ledger with all that it did', async () => {
    const records = await vi.waitFor(exported)
    const calls = new Set(records.filter(({ kind }) => kind === 'call' || kind === 'refusal').map(({ call }) => call))
    expect(calls.size).toBe(done.length)
    const allowed = records.flatMap(({ accesses = [] }) => accesses).filter(({ decision }) => decision === 'allow')
    expect(allowed.length).toBeGreaterThan(0)
    for (const { verb, namespace } of allowed) {
      expect(['get', 'list']).toContain(verb)
      expect([LURES, CANARIES, undefined, '*']).toContain(namespace)
    }
  })

  test('L1-1 read the attacker’s words inside the envelope only, never in a note, a code or a structure', () => {
    const boundaries = new Set<string>()
    for (const { tool, args, reply } of done) {
      const asked = `${tool} ${JSON.stringify(args)}`
      const { inside, outside } = partsOf(reply.text)
      expect(outside, asked).not.toContain(MARKER)
      expect(JSON.stringify(reply.structured ?? {}), asked).not.toContain(MARKER)
      expect(inside, asked).not.toMatch(/<\s*\/?\s*untrusted/i)
      const [, boundary] = /^<untrusted cluster-text ([\w-]{12})>$/m.exec(reply.text) ?? []
      if (boundary === undefined) continue
      expect(boundaries.has(boundary), asked).toBe(false)
      boundaries.add(boundary)
    }
    expect(boundaries.size).toBeGreaterThan(10)
  })
})
