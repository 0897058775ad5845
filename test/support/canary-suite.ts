/**
 * The canary test (THREATS.md L2-2) for any cluster: every tool that the product has, every object that its arguments can
 * name, every form of output, pages, wrong words; then what operators get. All bytes are kept and searched. The read
 * credential holds the opt-in for Secrets: what keeps them in is the one door, not RBAC.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { tools } from '../../src/tools/index.ts'
import { leaksIn, places, tokenAt } from './canaries.ts'
import { changesOf, signIn } from './canary-changes.ts'
import { NAMESPACE, SHOWN_NAME } from './canary-objects.ts'
import { logLines } from './canary-workloads.ts'
import { connectClient, type ToolReply, type WireClient } from './clients.ts'
import { type Gateway, type GatewayCluster, gatewayFor } from './gateway.ts'
import { collectionOf, type Planted, plantCanaries, type Send } from './plant.ts'
import { type PlatformName, type RunningProduct, startProduct } from './platforms.ts'
import { type Args, type ListedTool, sweepOf } from './sweeps.ts'

/** Tools that change, and what they leave, are swept by themselves: canary-changes.ts. */
const READING = tools.filter((it) => it.kind === 'read' && !it.name.startsWith('plans_')).map((it) => it.name)
/** Every change waits for an approval that nobody gives. */
const policyFor = (cluster: string) => {
  const rule = { groups: ['agents'], clusters: [cluster], resources: ['*'] }
  const verbs = ['create', 'update', 'patch', 'delete']
  return [
    { ...rule, name: 'look', verbs: ['get', 'list'], decision: 'allow' },
    { ...rule, name: 'change', verbs, namespaces: [NAMESPACE], decision: 'approve', approvers: ['operators'] },
  ]
}

export interface CanaryTarget {
  readonly cluster: GatewayCluster
  readonly send: Send
  stop(): Promise<void>
}

export interface CanaryOptions {
  readonly platform: PlatformName
  /** What this API server does not take, as `Kind name`. */
  readonly refused: readonly string[]
  start(): Promise<CanaryTarget>
}

const START_MS = 120_000
/** Some hundreds of calls, one after the other. */
const SWEEP_MS = 120_000
/** Of one list, one object a page. */
const MAX_PAGES = 40

/** Anything that the eye does not see, but for line ends and tabs. */
const UNSEEN = /[^\P{Cc}\n\t]|\p{Cf}|[\u{FE00}-\u{FE0F}\u{E0000}-\u{E0FFF}]/u

const cursorIn = (reply: ToolReply): string | undefined =>
  /cursor[^A-Za-z0-9_-]+([A-Za-z0-9_-]{40,})/.exec(reply.text)?.[1]

/** A planted object as a resource of MCP, and its variables but for the name. */
const uriOf = (cluster: string, { apiVersion, kind, name, namespace }: Planted) => {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
  const [version = '', group = 'core'] = apiVersion.split('/').toReversed()
  const resource = collectionOf({ apiVersion, kind, metadata }).split('/').at(-1) ?? ''
  const segment = { group, version, resource, namespace: namespace ?? '-' }
  return { segment, path: `k8s://${[cluster, ...Object.values(segment), name].map(encodeURIComponent).join('/')}` }
}

const WRONG: Readonly<Record<string, string>> = {
  name: 'no-such-name',
  namespace: 'no-such-namespace',
  kind: 'Keeperr',
  container: 'no-such-container',
  involvedObject: 'Pod/no-such-pod',
  resource: 'keeperr',
  labelSelector: 'app=nothing',
  fieldSelector: 'spec.password=x',
  cursor: 'x'.repeat(60),
  cluster: 'no-such-cluster',
}

export const describeCanaries = ({ platform, refused, start }: CanaryOptions): void => {
  describe(`on ${platform}`, () => {
    let target: CanaryTarget
    let gateway: Gateway
    let product: RunningProduct
    let client: WireClient
    let listed: readonly ListedTool[]
    let planted: readonly Planted[]
    let refusals: readonly string[]
    const bytes: string[] = []
    const said: string[] = []
    const planIds: string[] = []

    const recording: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      const text = await response.clone().text()
      bytes.push(text, JSON.stringify([...response.headers]))
      return response
    }

    beforeAll(async () => {
      vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
        said.push(String(chunk))
        return true
      })
      // Whoever wrote the log did so in another process; here its canaries must be known to be found.
      logLines()
      target = await start()
      ;({ planted, refused: refusals } = await plantCanaries(target.send))
      gateway = gatewayFor(target.cluster, {
        policy: policyFor(target.cluster.name),
        limits: { callsPerMinute: 10_000, bytesPerMinute: 100_000_000, pendingPlans: 5_000 },
      })
      product = await startProduct(platform, gateway.config, gateway.secrets)
      client = await connectClient('v2', `${product.origin}/mcp`, gateway.agentKey, recording)
      listed = (await client.listTools()).filter((it) => READING.includes(it.name))
    }, START_MS)
    afterAll(async () => {
      await client?.close()
      await product?.stop()
      await target?.stop()
      vi.restoreAllMocks()
    })

    /** One call, its pages where it has some, and nothing of a canary in any byte of them. */
    const look = async (tool: string, args: Args): Promise<readonly ToolReply[]> => {
      const replies: ToolReply[] = []
      let cursor: string | undefined
      do {
        bytes.length = 0
        const reply = await client.call(tool, cursor === undefined ? args : { ...args, cursor })
        replies.push(reply)
        expect(leaksIn(bytes.join('\n')), `${tool} ${JSON.stringify(args)}`).toEqual([])
        const seen = `${reply.text}${JSON.stringify(reply.structured ?? {})}`
        expect(UNSEEN.exec(seen)?.index, `${tool} ${JSON.stringify(args)}`).toBeUndefined()
        expect(reply.isError).toBe(reply.code !== undefined)
        cursor = cursorIn(reply)
      } while (cursor !== undefined && replies.length < MAX_PAGES)
      return replies
    }

    const export_ = async (path: string): Promise<string> => {
      const response = await fetch(`${product.origin}${path}`, {
        headers: { authorization: `Bearer ${gateway.operatorKey}` },
      })
      expect(response.status, path).toBe(200)
      return `${JSON.stringify([...response.headers])}${await response.text()}`
    }

    test('canaries stand in more than a hundred places, each with words of its own', () => {
      expect(places().length).toBeGreaterThan(100)
      expect(new Set(places().flatMap(({ words }) => words)).size).toBe(places().length * 2)
      expect(refusals).toEqual(refused)
    })

    test('the planted objects hold them: the API server gives them to its administrator', async () => {
      const all: string[] = []
      for (const { apiVersion, kind, namespace } of planted) {
        const metadata = { name: '', ...(namespace === undefined ? {} : { namespace }) }
        all.push((await target.send('GET', collectionOf({ apiVersion, kind, metadata }))).text)
      }
      // Compressed and logged ones are not in the objects' text.
      const elsewhere = places().filter(({ place }) => /^(?:log,|Helm|argument)/.test(place) && !place.includes('in a'))
      const found = new Set(leaksIn(all.join('\n')))
      const lost = places().filter((it) => !found.has(it.place) && !elsewhere.includes(it))
      expect(lost.map(({ place }) => place)).toEqual([])
    })

    test('every tool that reads is offered, so every one is swept', () => {
      expect(listed.map((it) => it.name).toSorted()).toEqual(READING.toSorted())
    })

    test.each(READING)('L2-2 R-3 no canary leaves by %s', { timeout: SWEEP_MS }, async (name) => {
      const tool = listed.find((it) => it.name === name)
      const calls = tool === undefined ? [] : sweepOf(tool, planted)
      const replies: ToolReply[] = []
      for (const args of calls) replies.push(...(await look(name, args)))
      expect(replies.filter((it) => !it.isError).length, `${name} answered nothing`).toBeGreaterThan(0)
    })

    test('L2-2 R-3 nor by a resource, a completion or what either says of wrong words', {
      timeout: SWEEP_MS,
    }, async () => {
      const template = 'k8s://{cluster}/{group}/{version}/{resource}/{namespace}/{name}'
      const told: string[] = []
      const hear = async (what: string, work: Promise<unknown>): Promise<boolean> => {
        bytes.length = 0
        const answer = await work.then(
          (it) => ({ ok: true, text: JSON.stringify(it) }),
          (error: unknown) => ({ ok: false, text: String(error) }),
        )
        expect(leaksIn(bytes.join('\n')), what).toEqual([])
        expect(UNSEEN.exec(answer.text)?.index, what).toBeUndefined()
        told.push(answer.text)
        return answer.ok
      }
      let read = 0
      for (const it of planted) {
        const { segment, path } = uriOf(target.cluster.name, it)
        if (await hear(path, client.offered.read(path))) read += 1
        const others = { ...segment, cluster: target.cluster.name }
        const ref = { type: 'ref/resource', uri: template } as const
        await hear(`names of ${it.kind}`, client.offered.complete(ref, { name: 'name', value: '' }, others))
      }
      expect(read).toBeGreaterThan(10)
      expect(told.join('\n')).toContain('canary-runs')
      for (const wrong of Object.values(WRONG))
        await hear('wrong', client.offered.read(`k8s://${encodeURIComponent(String(wrong))}/core/v1/pods/x/y`))
      const token = encodeURIComponent(tokenAt('argument'))
      expect(
        await hear('a token', client.offered.read(`k8s://${target.cluster.name}/core/v1/pods/${NAMESPACE}/${token}`)),
      ).toBe(false)
    })

    test('L2-2 the log and the Secrets are read, masked', async () => {
      const [secret] = await look('resources_get', { kind: 'Secret', name: 'canary-opaque', namespace: NAMESPACE })
      expect(secret?.text).toMatch(/password:/)
      const [reply] = await look('pods_log', { namespace: NAMESPACE, name: 'canary-runs' })
      expect(reply?.text).toMatch(/starting.*password=\[masked:.*ready/s)
    })

    test('L2-2 nor by what is said of wrong words', { timeout: SWEEP_MS }, async () => {
      const codes = new Set<string | undefined>()
      for (const tool of listed) {
        const first = sweepOf(tool, planted)[0] ?? {}
        for (const [name, wrong] of Object.entries(WRONG)) {
          for (const reply of await look(tool.name, { ...first, [name]: wrong })) codes.add(reply.code)
        }
        for (const name of Object.keys(first)) {
          // What a caller writes is masked where it has a token's shape, as everything else.
          for (const reply of await look(tool.name, { ...first, [name]: tokenAt('argument') })) codes.add(reply.code)
        }
      }
      for (const reply of await look('resources_list', { kind: 'Secret', namespace: 'shop' })) codes.add(reply.code)
      for (const code of ['not_found', 'unknown_kind', 'invalid_arguments', 'cluster_forbidden', 'unknown_cluster'])
        expect([...codes]).toContain(code)
    })

    test('L2-2 a name is shown as it is: it cannot be masked and used', async () => {
      const [reply] = await look('resources_list', { kind: 'ConfigMap', namespace: NAMESPACE, output: 'names' })
      expect(reply?.text).toContain(SHOWN_NAME)
    })

    test('L1-2 what nobody sees is taken out of every carrier, and the ledger counts it', async () => {
      const at = { namespace: NAMESPACE }
      const carriers: readonly (readonly [string, Args])[] = [
        ['resources_get', { kind: 'ConfigMap', name: 'hidden-map', ...at }],
        ['resources_get', { kind: 'Keeper', name: 'hidden-keeper', ...at }],
        ['resources_list', { kind: 'ConfigMap', output: 'json', ...at }],
        ['pods_get', { name: 'hidden-pod', ...at }],
        ['pods_log', { name: 'canary-runs', ...at }],
        ['events_list', { involvedObject: 'Pod/hidden-pod', ...at }],
      ]
      const hiddenOf = async () => {
        const lines = (await export_(`/audit/export?ledger=${target.cluster.name}`)).split('\n').slice(0, -1)
        const records = lines.map(
          (line) => JSON.parse(line.slice(line.indexOf('{'))) as { kind: string; hidden?: number },
        )
        return records.filter((it) => it.kind === 'outcome').map((it) => it.hidden ?? 0)
      }
      for (const [tool, args] of carriers) {
        const before = (await hiddenOf()).length
        const [reply] = await look(tool, args)
        expect(reply?.text, tool).toMatch(/red zerowidth override tag/)
        // Appended in the background.
        const counted = await vi.waitFor(async () => {
          const after = await hiddenOf()
          expect(after.length).toBeGreaterThan(before)
          return after.at(-1)
        })
        expect(counted, `${tool} ${JSON.stringify(args)}`).toBeGreaterThanOrEqual(5)
      }
    })

    test('L2-2 nor by a plan, whatever it is about, nor by the refusal to make one', {
      timeout: SWEEP_MS,
    }, async () => {
      const states = new Map<string, Set<string>>()
      for (const [tool, args] of changesOf(planted)) {
        const [reply] = await look(tool, args)
        const plan = reply?.structured as { planId?: string; state?: string } | undefined
        states.set(tool, (states.get(tool) ?? new Set()).add(plan?.state ?? reply?.code ?? 'nothing'))
        if (plan?.planId !== undefined) planIds.push(plan.planId)
      }
      expect(planIds.length).toBeGreaterThan(60)
      for (const tool of [
        'resources_delete',
        'resources_patch',
        'resources_apply',
        'resources_scale',
        'rollout_restart',
      ])
        expect([...(states.get(tool) ?? [])], tool).toContain('pending')
      expect([...states.values()].flatMap((it) => [...it])).toContain('cluster_rejected')
      await look('plans_list', {})
      for (const id of planIds) await look('plans_get', { id })
    })

    test('L2-1 L2-2 nor by any page of the console', { timeout: SWEEP_MS }, async () => {
      const read = await signIn(product.origin, gateway.operatorKey)
      const pages = [
        '/console',
        `/console/ledger/${target.cluster.name}`,
        '/console/ledger/gateway',
        '/console/callers',
        '/console/switches',
        '/console/health',
      ]
      for (const path of [...pages, ...planIds.map((id) => `/console/plans/${id}`)]) {
        const { status, text } = await read(path)
        expect(status, path).toBe(200)
        expect(leaksIn(text), path).toEqual([])
        expect(text, path).not.toMatch(/[\u200b\u202e\u{e0041}]/u)
      }
    })

    test('L2-1 L2-2 L5-4 nor by the audit export, the metrics, the readiness or the log of the process', async () => {
      const name = target.cluster.name
      const audit = await export_(`/audit/export?ledger=${name}`)
      expect(audit.split('\n').length).toBeGreaterThan(200)
      const faces = { audit, gateway: await export_('/audit/export?ledger=gateway') }
      const rest = { metrics: await export_('/metrics'), ready: await export_('/readyz'), stderr: said.join('') }
      expect(rest.stderr).toContain('call_failed')
      for (const [face, text] of Object.entries({ ...faces, ...rest })) {
        expect(leaksIn(text), face).toEqual([])
        expect(text, face).not.toMatch(/[\u200b\u202e\u{e0041}]/u)
      }
    })
  })
}
