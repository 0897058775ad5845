/** The catalogue: what every tool promises, and the schemas as they are served. */
import { describe, expect, test } from 'vitest'
import { CHANGE_VERBS, READ_VERBS } from '../../../src/access.ts'
import { createCatalogue } from '../../../src/http/catalogue.ts'
import { tools } from '../../../src/tools/index.ts'
import { callTool, createFake } from '../../support/fake-view.ts'
import { SHOP } from './shop.ts'

const { describe: shown } = createCatalogue(tools)
/** o200k takes about 3.6 bytes of such JSON for one token. */
const BYTES_PER_TOKEN = 3.6
/** 6,000 tokens for the 35 tools that there will be; a tool with an output schema pays for two. */
const MAX_TOKENS_PER_TOOL = 6_000 / 35
const WITH_OUTPUT = 3
/** What the field calls by a verb alone. */
const VERBS = ['diagnose']

interface Schema {
  readonly type?: string
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

describe('the catalogue', () => {
  test('is these tools, each once', () => {
    expect(tools.map((tool) => tool.name)).toEqual([
      'clusters_list',
      'namespaces_list',
      'api_resources_list',
      'resources_list',
      'resources_get',
      'resources_describe',
      'resources_explain',
      'pods_list',
      'pods_get',
      'pods_log',
      'events_list',
      'pods_top',
      'nodes_top',
      'rollout_status',
      'rollout_history',
      'helm_list',
      'helm_get',
      'diagnose',
      'access_check',
      'access_whoami',
      'plans_list',
      'plans_get',
      'resources_apply',
      'resources_patch',
      'resources_delete',
      'resources_scale',
      'rollout_restart',
      'rollout_undo',
      'rollout_pause',
      'rollout_resume',
      'nodes_cordon',
      'nodes_uncordon',
      'nodes_drain',
      'pods_evict',
      'jobs_run',
      'plans_withdraw',
    ])
  })

  test('L1-5 is the same after every tool has answered with cluster text', async () => {
    const before = JSON.stringify(tools.map(createCatalogue(tools).describe))
    const { views } = createFake({ clusters: [SHOP] })
    const pod = { namespace: 'shop', name: 'checkout-7c9f6b5d4f-x2lqz' }
    const workload = { namespace: 'shop', name: 'checkout' }
    const args: Readonly<Record<string, unknown>> = {
      resources_list: { kind: 'pods' },
      resources_get: { kind: 'pod', ...pod },
      resources_describe: { kind: 'pod', ...pod },
      resources_explain: { kind: 'pod' },
      pods_get: pod,
      pods_log: pod,
      helm_get: { namespace: 'shop', name: 'web' },
      access_check: { verb: 'list', resource: 'pods' },
      rollout_status: { kind: 'Deployment', ...workload },
      rollout_history: { kind: 'Deployment', ...workload },
    }
    for (const tool of tools)
      if (tool.kind === 'read' && tool.name !== 'plans_get') await callTool(tool, args[tool.name] ?? {}, views)
    expect(JSON.stringify(tools.map(createCatalogue(tools).describe))).toBe(before)
  })

  test('fits its share of the token goal', () => {
    const tokens = tools.map((tool) => [tool.name, JSON.stringify(shown(tool)).length / BYTES_PER_TOKEN] as const)
    const total = tokens.reduce((sum, [, count]) => sum + count, 0)
    expect(total).toBeLessThan((tools.length + WITH_OUTPUT) * MAX_TOKENS_PER_TOOL)
  })

  describe.each(tools)('$name', (tool) => {
    test('is named noun_verb, with a title and a sentence, and a change takes a reason', () => {
      expect('reason' in tool.input.shape).toBe(tool.kind === 'change')
      if (!VERBS.includes(tool.name)) expect(tool.name).toMatch(/^[a-z]+(?:_[a-z]+){1,2}$/)
      expect(tool.title).toMatch(/^[A-Z][^\n]{3,40}$/)
      expect(tool.description).toMatch(/^[A-Z][\x20-\x7e]{10,160}\.$/)
    })

    test('says what it needs in words that policy knows', () => {
      for (const { verb, resource } of tool.needs) {
        const isAboutChanges = tool.kind === 'change' || tool.name.startsWith('plans_')
        expect(isAboutChanges ? CHANGE_VERBS : READ_VERBS).toContain(verb)
        expect(resource).toMatch(/^(?:\*|[a-z]+(?:\.[a-z0-9.]+)?(?:\/[a-z]+)?)$/)
      }
    })

    test('takes nothing but its arguments, and the cluster by header too', () => {
      const schema = shown(tool).inputSchema as Schema
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
      // A plan's id names its cluster.
      if (schema.properties?.id !== undefined) return
      expect(schema.properties?.cluster).toMatchObject({ type: 'string', 'x-mcp-header': 'Cluster' })
    })

    test('is shown as its snapshot says', async () => {
      const json = `${JSON.stringify(shown(tool), undefined, 2)}\n`
      await expect(json).toMatchFileSnapshot(`../../snapshots/tools/${tool.name}.json`)
    })
  })
})
