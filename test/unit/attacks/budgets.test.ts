/** What a caller can still cause when the budget is used up, and what it can get beyond it. */
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { run } from '../app/setup.ts'
import { json, served, status } from './api-server.ts'

const cluster = { server: 'https://prod.example.com:6443', credentials: { read: { token: { secret: 'READ_TOKEN' } } } }

describe('a caller whose budget is used up', () => {
  test.each([
    ['one cluster', { prod: cluster }, 'prod'],
    ['several', { prod: cluster, test: cluster }, 'gateway'],
  ])('L7-1 of %s causes no request to any API server', async (_, clusters, ledger) => {
    let requests = 0
    const it = run({
      config: {
        clusters,
        limits: { callsPerMinute: 2 },
        policy: [{ name: 'look', clusters: ['*'], verbs: ['get', 'list'], decision: 'allow' }],
      },
      send: (path) => {
        if (path === '/version') requests += 1
        return undefined
      },
    })
    const codes = []
    for (let call = 0; call < 5; call++) codes.push((await it.call('clusters_list')).code)
    expect(codes).toEqual([undefined, undefined, 'rate_limited', 'rate_limited', 'rate_limited'])
    expect(requests).toBe(2)
    const kinds = (await it.records(ledger)).map((record) => record.kind)
    expect(kinds.filter((kind) => kind === 'call')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'refusal')).toHaveLength(3)
  })
})

describe('a description of fields, which policy is not asked about,', () => {
  test('L7-1 costs a call all the same, and beyond the budget none is fetched', async () => {
    const it = run({
      config: { limits: { callsPerMinute: 2 } },
      send: served((path) => (path.startsWith('/openapi/') ? json({ components: {} }) : undefined)),
    })
    const codes = []
    for (let call = 0; call < 4; call++) codes.push((await it.call('resources_explain', { kind: 'pod' })).code)
    expect(codes).toEqual(['not_found', 'not_found', 'rate_limited', 'rate_limited'])
    expect(it.asked).toEqual(['GET /openapi/v3/api/v1', 'GET /openapi/v3/api/v1'])
  })
})

describe('the byte budget', () => {
  test('L7-1 smaller than one answer is no configuration: what is reserved before could not cover what leaves', () => {
    const parsed = configSchema.safeParse({
      publicUrl: 'https://bulkhead.example.com',
      masterKey: { secret: 'BULKHEAD_KEY' },
      identity: {},
      clusters: { prod: cluster },
      limits: { bytesPerMinute: 47_999 },
    })
    expect(parsed.error?.issues).toMatchObject([{ path: ['limits', 'bytesPerMinute'] }])
  })
})

describe('a log that is not there', () => {
  const missing = served((path) =>
    path.endsWith('/log')
      ? status(400, 'BadRequest')
      : path.endsWith('/pods/web-1')
        ? json({
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'web-1', namespace: 'shop' },
            spec: { containers: [{ name: 'front' }, { name: 'payroll-sync' }] },
          })
        : undefined,
  )
  const POD = { name: 'web-1', namespace: 'shop' }

  test('tells nothing of a pod that policy keeps from the caller, and does not read it', async () => {
    const it = run({
      send: missing,
      config: {
        policy: [{ name: 'logs', clusters: ['prod'], verbs: ['get'], resources: ['pods/log'], decision: 'allow' }],
      },
    })
    const reply = await it.call('pods_log', POD)
    expect(reply.code).toBe('log_unavailable')
    expect(reply.text).not.toContain('payroll')
    expect(it.asked.filter((it) => !it.includes('/log'))).toEqual([])
  })

  test('is explained by the pod where policy allows that, and the second access is recorded', async () => {
    const it = run({ send: missing })
    expect(await it.call('pods_log', POD)).toMatchObject({ text: expect.stringMatching(/payroll-sync/) })
    expect(await it.records('prod')).toMatchObject([
      { kind: 'call', accesses: [{ resource: 'pods', subresource: 'log' }] },
      { kind: 'outcome', accesses: [{ verb: 'get', resource: 'pods', name: 'web-1', decision: 'allow' }] },
    ])
  })
})
