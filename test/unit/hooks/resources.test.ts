/** `report://ID` for agents: what policy lets them see, through the one door, recorded. */
import { describe, expect, test } from 'vitest'
import {
  AGENT_KEY,
  finding,
  type HookBench,
  hookBench,
  hookConfig,
  PUBLIC_URL,
  payload,
  reportOf,
} from '../../support/hook-bench.ts'

interface Answered {
  readonly result?: {
    readonly resources?: readonly { readonly uri: string; readonly title: string }[]
    readonly resourceTemplates?: readonly { readonly uriTemplate: string }[]
    readonly contents?: readonly { readonly text: string }[]
  }
  readonly error?: { readonly code: number; readonly message: string; readonly data: unknown }
}

const ask = async (bench: HookBench, method: string, params: object = {}): Promise<Answered> => {
  const response = await bench.app.fetch(
    new Request(`${PUBLIC_URL}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${AGENT_KEY}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    }),
  )
  return (await response.json()) as Answered
}
const read = (bench: HookBench, id: string | undefined) => ask(bench, 'resources/read', { uri: `report://${id}` })

const AM = payload('alertmanager') as { alerts: { labels: Record<string, string> }[] }
const inNamespaces = (groupKey: string, namespaces: readonly string[]) => ({
  ...AM,
  groupKey,
  alerts: namespaces.map((namespace) => ({ ...AM.alerts[0], labels: { ...AM.alerts[0]?.labels, namespace } })),
})

const NO_LOGS = { name: 'no-logs', groups: ['agents'], resources: ['pods/log'], decision: 'deny' as const }

/** The bench's agent may look at prod/web and nowhere else. */
const withReports = async () => {
  const bench = hookBench({
    diagnose(scope) {
      const { namespace = 'shop' } = scope
      const evidence = [
        { source: 'status.phase', text: 'Pending' },
        { source: 'log', text: 'a line of a log' },
      ]
      const node = { apiVersion: 'v1', kind: 'Node', name: 'worker-of-all' }
      return reportOf(scope, [
        finding('f1', { evidence, subject: { apiVersion: 'v1', kind: 'Pod', namespace, name: 'cart-0' } }),
        finding('f2', { check: 'node-not-ready', subject: node }),
      ])
    },
    config: { policy: [...(hookConfig().policy ?? []), NO_LOGS].reverse() },
  })
  const ids: (string | undefined)[] = []
  for (const [group, namespaces] of [
    ['theirs', ['shop']],
    ['mine', ['web']],
    ['both', ['shop', 'web']],
  ] as const)
    ids.push((await bench.send('am', inNamespaces(group, namespaces))).body.id)
  await bench.work()
  const [theirs, mine, both] = ids
  return { bench, theirs, mine, both }
}

describe('report://', () => {
  test('is listed and read where policy lets the caller look at any of it', async () => {
    const { bench, mine, both } = await withReports()
    const { result } = await ask(bench, 'resources/list')
    const uris = (result?.resources ?? []).map((it) => it.uri)
    expect(uris.filter((it) => it.startsWith('report://')).toSorted()).toEqual(
      [`report://${mine}`, `report://${both}`].toSorted(),
    )
    expect(JSON.stringify(result)).not.toContain('KubePodCrashLooping')
    const templates = (await ask(bench, 'resources/templates/list')).result?.resourceTemplates ?? []
    expect(templates.map((it) => it.uriTemplate)).toContain('report://{id}')
    const text = (await read(bench, mine)).result?.contents?.[0]?.text ?? ''
    expect(text).toMatch(/^<untrusted/)
    expect(text).toContain('pod-crash-loop')
    expect(text).toContain('Pending')
  })

  test('shows nothing of what the hook could see and this caller cannot: nodes, logs, other namespaces', async () => {
    const { bench, mine } = await withReports()
    const text = (await read(bench, mine)).result?.contents?.[0]?.text ?? ''
    for (const hidden of ['worker-of-all', 'node-not-ready', 'a line of a log']) expect(text).not.toContain(hidden)
    expect(text).toContain('findings about other places: 1')
    expect(JSON.stringify(await bench.report(mine))).toContain('a line of a log')
  })

  test('leaves out what lies elsewhere, and says so', async () => {
    const { bench, both } = await withReports()
    const text = (await read(bench, both)).result?.contents?.[0]?.text ?? ''
    expect(text).toContain('"namespace": "web"')
    expect(text).not.toContain('"namespace": "shop"')
    expect(text).toContain('1 of its parts lie where policy does not let this caller look.')
  })

  test('is not there for whom policy lets see none of it, as one that never was', async () => {
    const { bench, theirs } = await withReports()
    const refused = await read(bench, theirs)
    const never = await read(bench, `am-${'0'.repeat(32)}`)
    expect(refused.error?.message).toContain('report_unknown')
    expect(refused.error).toEqual(never.error)
    for (const uri of ['report://../../etc/passwd', 'report://', 'file:///etc/passwd', 'k8s://prod'])
      expect((await ask(bench, 'resources/read', { uri })).error).toBeDefined()
  })

  test('is recorded, and paid for, as a read of that cluster', async () => {
    const { bench, mine } = await withReports()
    await read(bench, mine)
    const calls = (await bench.records('prod')).flatMap((it) =>
      it.kind === 'call' ? [[it.tool, it.caller.client]] : [],
    )
    expect(calls).toContainEqual(['report_read', 'agent'])
  })

  test('is no tool', async () => {
    const { bench } = await withReports()
    expect(JSON.stringify(await ask(bench, 'tools/list'))).not.toContain('report_read')
    expect(JSON.stringify(await ask(bench, 'tools/call', { name: 'report_read', arguments: {} }))).toContain(
      'unknown_tool',
    )
  })
})
