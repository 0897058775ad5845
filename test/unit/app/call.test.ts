/** One call through the whole app: what is recorded before anything leaves, and what a refusal leaves behind. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { CALL_DEADLINE_MS } from '../../../src/guard/call.ts'
import { readTool } from '../../../src/tool.ts'
import { GET_CONFIG, keyOf, nextKeyOf, run, SECRET_VALUE } from './setup.ts'

/** A credential that is allowed whatever is asked about. */
const mayEverything = (path: string): Promise<Response> | undefined =>
  path.endsWith('/selfsubjectaccessreviews')
    ? Promise.resolve(Response.json({ status: { allowed: true } }, { status: 201 }))
    : undefined

describe('a call that is allowed', () => {
  test('is recorded with its access before and its outcome after, and L5-4 without a value', async () => {
    const it = run()
    const reply = await it.call(...GET_CONFIG)
    expect(reply).toMatchObject({ isError: false, text: expect.stringMatching(/colour: green/) })
    expect(reply.text).not.toContain(SECRET_VALUE)
    const records = await it.records('prod')
    expect(records).toMatchObject([
      {
        kind: 'call',
        tool: 'resources_get',
        caller: { issuer: 'bulkhead', client: 'a', subject: 'a', owner: 'owner-a' },
        accesses: [
          { verb: 'get', resource: 'configmaps', namespace: 'shop', name: 'settings', decision: 'allow', rule: 'look' },
        ],
      },
      { kind: 'outcome', outcome: 'ok', redactions: 1, digest: bytesToHex(sha256(utf8ToBytes(reply.text))) },
    ])
    expect(JSON.stringify(records)).not.toMatch(new RegExp(`${SECRET_VALUE}|green`))
  })

  test('gives back the bytes that were reserved and not used', async () => {
    const it = run({
      config: { limits: { callsPerMinute: 100, bytesPerMinute: 50_000 }, output: { maxBytes: 48_000 } },
    })
    for (let calls = 0; calls < 3; calls++) {
      expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
      await it.ports.background.settled()
    }
  })

  test('without any access is recorded where it concerns no cluster', async () => {
    const it = run()
    await it.call('access_whoami')
    expect(await it.records('prod')).toEqual([])
    expect(await it.records('gateway')).toMatchObject([{ kind: 'call', tool: 'access_whoami' }, { kind: 'outcome' }])
  })
})

describe('a call that is refused', () => {
  test('by policy names the rule, reaches no API server, and is one record', async () => {
    const it = run({
      config: {
        policy: [
          { name: 'not-shop', clusters: ['prod'], namespaces: ['shop'], decision: 'deny' },
          { name: 'look', clusters: ['prod'], verbs: ['get'], decision: 'allow' },
        ],
      },
    })
    expect(await it.call(...GET_CONFIG)).toMatchObject({
      code: 'policy_denied',
      text: expect.stringMatching(/not-shop/),
    })
    expect(it.asked).toEqual([])
    expect(await it.records('prod')).toMatchObject([
      { kind: 'refusal', code: 'policy_denied', accesses: [{ decision: 'deny', rule: 'not-shop' }] },
    ])
  })

  test('because a read cannot wait for consent says so', async () => {
    const it = run({
      config: {
        policy: [
          { name: 'ask', clusters: ['prod'], names: ['settings'], decision: 'approve' },
          { name: 'look', clusters: ['prod'], decision: 'allow' },
        ],
      },
    })
    expect(await it.call(...GET_CONFIG)).toMatchObject({
      code: 'policy_denied',
      text: expect.stringMatching(/"ask".*approve/),
    })
    expect(it.asked).toEqual([])
  })

  test('for a scope that the kind does not have is judged by nobody, and asks nobody', async () => {
    const it = run()
    const args = { kind: 'ConfigMap', name: 'settings' }
    expect(await it.call('resources_get', args)).toMatchObject({
      code: 'invalid_arguments',
      text: expect.stringMatching(/name its namespace/),
    })
    expect(it.asked).toEqual([])
    expect(await it.records('prod')).toMatchObject([{ kind: 'refusal', code: 'invalid_arguments', accesses: [] }])
  })

  test.each([
    ['no_such_tool', {}, 'unknown_tool'],
    [
      'resources_get',
      { kind: 'ConfigMap', name: 'settings', namespace: 'shop', secretArgument: 'hush' },
      'invalid_arguments',
    ],
    ['pods_list', { cluster: 'elsewhere' }, 'unknown_cluster'],
  ] as const)('%s %j is %s, and L5-4 the record holds none of its words', async (tool, args, code) => {
    const it = run()
    expect(await it.call(tool, args)).toMatchObject({ code })
    expect(it.asked).toEqual([])
    const records = [...(await it.records('gateway')), ...(await it.records('prod'))]
    expect(records).toMatchObject([{ kind: 'refusal', code }])
    expect(JSON.stringify(records)).not.toMatch(/no_such_tool|hush|secretArgument|elsewhere/)
  })

  test('by an over-powered credential L4-3 reads nothing, and the finding is recorded', async () => {
    const it = run({
      send: mayEverything,
    })
    expect(await it.call(...GET_CONFIG)).toMatchObject({ code: 'credential_overpowered' })
    expect(it.asked).toEqual([])
    expect(await it.records('prod')).toMatchObject([
      { kind: 'credential', verdict: 'refused' },
      { kind: 'refusal', code: 'credential_overpowered' },
    ])
  })

  test('L4-3 an over-powered credential shows where an operator looks', async () => {
    const it = run({ send: mayEverything, config: { limits: {} } })
    const ready = await it.ready()
    expect(ready).toMatchObject({ status: 200 })
    expect(ready.body).toMatch(/cluster prod.*may do more than read|may .*write: create pods/)
  })

  test('L4-3 an over-powered credential that the operator accepted reads, and that is recorded once', async () => {
    const it = run({
      config: {
        clusters: {
          prod: {
            server: 'https://prod.example.com:6443',
            credentials: { read: { token: { secret: 'READ_TOKEN' } } },
            acceptOverpowered: 'a laptop',
          },
        },
      },
      send: mayEverything,
    })
    expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
    expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
    const credential = (await it.records('prod')).filter((record) => record.kind === 'credential')
    expect(credential).toMatchObject([{ verdict: 'accepted', reason: 'a laptop' }])
  })
})

describe('when storage is down', () => {
  test('nothing is returned, whether the ledger was good before or not', async () => {
    const it = run()
    it.ports.ledgers.breakWhen(() => true)
    expect(await it.call(...GET_CONFIG)).toMatchObject({
      code: 'ledger_unavailable',
      text: expect.not.stringMatching(/green/),
    })
    expect(it.asked).toEqual([])
    it.ports.ledgers.breakWhen(() => false)
    expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
    it.ports.ledgers.breakWhen(() => true)
    expect(await it.call(...GET_CONFIG)).toMatchObject({
      code: 'ledger_unavailable',
      text: expect.not.stringMatching(/green/),
    })
  })

  test('a refusal is not told either: there would be no record of it', async () => {
    const it = run({ config: { policy: [{ name: 'see', clusters: ['prod'], verbs: ['list'], decision: 'allow' }] } })
    it.ports.ledgers.breakWhen(() => true)
    expect(await it.call('pods_list', { nonsense: 1 })).toMatchObject({ code: 'ledger_unavailable' })
  })

  test('only for the outcome, the answer stands and the failure is logged', async () => {
    const it = run()
    it.ports.ledgers.breakWhen((operation) => operation === 'append')
    expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
    await it.ports.background.settled()
    expect(it.ports.lines).toMatchObject([{ event: 'call', outcome: 'ok' }, { event: 'background_failed' }])
  })
})

describe('budgets', () => {
  test('L7-1 of 200 parallel calls exactly as many are admitted as the budget holds', async () => {
    const it = run({ config: { limits: { callsPerMinute: 50, bytesPerMinute: 1_000_000_000 } } })
    const replies = await Promise.all(Array.from({ length: 200 }, () => it.call(...GET_CONFIG)))
    expect(replies.filter((reply) => !reply.isError)).toHaveLength(50)
    expect(new Set(replies.filter((reply) => reply.isError).map((reply) => reply.code))).toEqual(
      new Set(['rate_limited']),
    )
    expect(replies.filter((reply) => reply.isError && /green/.test(reply.text))).toEqual([])
  })

  test('L7-1 a second key for the same party does not get a second budget, another party does', async () => {
    const it = run({ callers: ['a', 'b'], config: { limits: { callsPerMinute: 1 } } })
    expect(await it.call(...GET_CONFIG)).toMatchObject({ isError: false })
    expect(await it.call(...GET_CONFIG, nextKeyOf('a'))).toMatchObject({ code: 'rate_limited' })
    expect(await it.call(...GET_CONFIG, keyOf('b'))).toMatchObject({ isError: false })
  })

  test('denials are paid for too', async () => {
    const it = run({ config: { limits: { callsPerMinute: 2 } } })
    const codes = []
    for (let call = 0; call < 3; call++) codes.push((await it.call('no_such_tool')).code)
    expect(codes).toEqual(['unknown_tool', 'unknown_tool', 'rate_limited'])
  })
})

describe('a page that is too much work', () => {
  test('L2-5 is refused as a whole, before most of it was scanned', async () => {
    const worst = '://a:b@'.repeat(7_000)
    const items = Array.from({ length: 100 }, (_, index) => ({
      metadata: { name: `c${index}`, namespace: 'shop' },
      data: { text: worst },
    }))
    const it = run({
      send: (path) =>
        path.startsWith('/api/v1/namespaces/shop/configmaps?')
          ? Promise.resolve(Response.json({ kind: 'List', items }))
          : undefined,
    })
    const one = await it.call('resources_list', { kind: 'ConfigMap', namespace: 'shop', output: 'json', limit: 100 })
    expect(one).toMatchObject({ code: 'answer_too_large', text: expect.stringMatching(/smaller limit/) })
  })
})

describe('a call that does not end', () => {
  test('is ended at the deadline with a code', async () => {
    const stuck = readTool({
      name: 'pods_stuck',
      title: 'Stuck',
      description: 'Never answers.',
      input: z.strictObject({}),
      needs: [],
      run: () => new Promise(() => undefined),
    })
    vi.useFakeTimers()
    try {
      const it = run({ tools: [stuck] })
      const reply = it.call('pods_stuck')
      await vi.advanceTimersByTimeAsync(CALL_DEADLINE_MS)
      expect(await reply).toMatchObject({ code: 'cluster_timeout' })
    } finally {
      vi.useRealTimers()
    }
  })

  test('what a tool throws unforeseen becomes `internal`, and its words stay in the log', async () => {
    const broken = readTool({
      name: 'pods_broken',
      title: 'Broken',
      description: 'Always throws.',
      input: z.strictObject({}),
      needs: [],
      run: () => Promise.reject(new Error(`inside words ${SECRET_VALUE}`)),
    })
    const it = run({ tools: [broken] })
    const reply = await it.call('pods_broken')
    expect(reply).toMatchObject({ code: 'internal', text: expect.not.stringMatching(/inside words/) })
  })
})

describe('callers', () => {
  test('L4-5 two hundred interleaved each get their own answer', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `c${index}`)
    const it = run({ callers: names })
    const replies = await Promise.all(names.map((name) => it.call('access_whoami', {}, keyOf(name))))
    const wrong = replies.filter((reply, index) => !new RegExp(`\\bsubject: ${names[index]}\\b`).test(reply.text))
    expect(wrong).toEqual([])
  })
})
