import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  BREAKER_PROBE_MS,
  type BreakerState,
  type BreakerVerdict,
  CLOSED,
  createBreaker,
  pass,
  settle,
} from '../../../src/kube/breaker.ts'
import { HEADERS_DEADLINE_MS } from '../../../src/kube/exchange.ts'
import { json, movableClock, type Script, statusAnswer } from '../../support/scripted-transport.ts'
import { clientOf, errorOf, never, PODS } from './support.ts'

const open: BreakerState = { phase: 'open', since: 0 }

/** Requests begin and end in any order while time goes by, or back. */
const step = fc.oneof(
  fc.record({ do: fc.constant('begin' as const) }),
  fc.record({
    do: fc.constant('end' as const),
    which: fc.nat(20),
    verdict: fc.constantFrom<BreakerVerdict[]>('reached', 'failed', 'unknown'),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: -5_000, max: 2 * BREAKER_PROBE_MS }) }),
)

describe('L7-2 the breaker', () => {
  test('opens after so many failures in a row, and not before', () => {
    let state: BreakerState = CLOSED
    for (let count = 1; count <= BREAKER_FAILURES; count += 1) {
      expect(state.phase).toBe('closed')
      state = settle(state, 'failed', false, 7)
    }
    expect(state).toEqual({ phase: 'open', since: 7 })
  })

  test('opens exactly when the failures since the last answer reach the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<BreakerVerdict[]>('reached', 'failed', 'unknown')), (verdicts) => {
        let state: BreakerState = CLOSED
        let row = 0
        for (const verdict of verdicts) {
          state = settle(state, verdict, false, 0)
          if (verdict === 'reached') row = 0
          else if (verdict === 'failed') row += 1
          expect(state.phase).toBe(row < BREAKER_FAILURES ? 'closed' : 'open')
        }
      }),
    )
  })

  test('lets one probe through when it is half open, whatever order requests begin and end in', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = movableClock()
        const breaker = createBreaker(() => clock.now())
        const running: ((verdict: BreakerVerdict) => void)[] = []
        let probes = 0
        let latest = clock.now()
        for (const it of steps) {
          if (it.do === 'wait') {
            clock.advance(it.ms)
            // A probe that is given up by time, or by a clock that was set back, is none any more.
            if (clock.now() - latest >= BREAKER_PROBE_MS || clock.now() < latest) probes = 0
          } else if (it.do === 'begin') {
            const before = breaker.phase()
            const passage = breaker.enter()
            if ('leave' in passage) {
              running.push(passage.leave)
              if (before === 'closed') continue
              expect(breaker.phase()).toBe('half-open')
              expect(probes).toBe(0)
              probes += 1
              latest = clock.now()
            } else {
              expect(before).not.toBe('closed')
              expect(passage.retryAfterMs).toBeGreaterThan(0)
              expect(passage.retryAfterMs).toBeLessThanOrEqual(BREAKER_PROBE_MS)
            }
          } else {
            const [leave] = running.splice(it.which, 1)
            leave?.(it.verdict)
            if (it.verdict === 'reached' && leave !== undefined) expect(breaker.phase()).toBe('closed')
            if (breaker.phase() !== 'half-open') probes = 0
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('never stays shut: whatever happened, after the longest wait a request passes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<BreakerState[]>(CLOSED, open, { phase: 'half-open', since: 0 }),
        fc.integer({ min: BREAKER_PROBE_MS, max: Number.MAX_SAFE_INTEGER }),
        (state, now) => {
          expect(pass(state, now).allowed).toBe(true)
        },
      ),
    )
    // A clock that was set back by an hour.
    expect(pass({ phase: 'open', since: 3_600_000 }, 0).allowed).toBe(true)
  })

  test('passes the probe on when it was given up, and begins to wait anew when it failed', () => {
    const probing = pass(open, BREAKER_OPEN_MS)
    expect(probing).toEqual({ allowed: true, probe: true, state: { phase: 'half-open', since: BREAKER_OPEN_MS } })
    if (!probing.allowed) throw new Error('refused')
    const at = BREAKER_OPEN_MS + 1
    expect(pass(probing.state, at).allowed).toBe(false)
    expect(pass(settle(probing.state, 'unknown', true, at), at).allowed).toBe(true)
    expect(pass(settle(probing.state, 'failed', true, at), at)).toEqual({
      allowed: false,
      retryAfterMs: BREAKER_OPEN_MS,
    })
    expect(settle(probing.state, 'reached', true, at)).toBe(CLOSED)
    // A request from before it opened says nothing new by failing.
    expect(settle(probing.state, 'failed', false, at)).toBe(probing.state)
  })
})

describe('a client with a breaker', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const clientWith = (script: Script) => {
    const clock = movableClock()
    const breaker = createBreaker(() => clock.now())
    const client = clientOf(script, { clock, breaker })
    return { client, clock, breaker, list: (signal = never) => client.list(PODS, { namespace: 'shop' }, signal) }
  }
  const POD_LIST = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] }
  const fails = async (times: number, list: () => Promise<unknown>) => {
    for (let count = 0; count < times; count += 1) await errorOf(list())
  }

  test.each([
    ['no connection', () => Promise.reject(new TypeError('fetch failed'))],
    ['a gateway that cannot get through', () => new Response('bad gateway', { status: 502 })],
    ['a tunnel that is down', () => new Response('tunnel', { status: 530 })],
  ])('L7-2 after %s so many times asks no more, says when to come back, and probes once', async (_, failing) => {
    let well = false
    const { client, clock, breaker, list } = clientWith(() => (well ? json(POD_LIST) : failing()))
    await fails(BREAKER_FAILURES, list)
    expect(client.seen).toHaveLength(BREAKER_FAILURES)
    const refused = await errorOf(list())
    expect(refused).toMatchObject({ code: 'cluster_unreachable', retryAfter: BREAKER_OPEN_MS / 1000 })
    expect(refused.message).toMatch(/was not sent\. Ask again in 10 s/)
    expect(client.seen).toHaveLength(BREAKER_FAILURES)
    clock.advance(BREAKER_OPEN_MS)
    well = true
    const probe = list()
    expect(breaker.phase()).toBe('half-open')
    expect((await errorOf(list())).code).toBe('cluster_unreachable')
    await probe
    expect(client.seen).toHaveLength(BREAKER_FAILURES + 1)
    expect(breaker.phase()).toBe('closed')
    await list()
  })

  test('counts a server that does not begin to answer in time', async () => {
    const { client, breaker, list } = clientWith(() => new Promise(() => undefined))
    for (let count = 0; count < BREAKER_FAILURES; count += 1) {
      const late = errorOf(list())
      await vi.advanceTimersByTimeAsync(HEADERS_DEADLINE_MS)
      expect((await late).code).toBe('cluster_timeout')
    }
    expect(breaker.phase()).toBe('open')
    expect((await errorOf(list())).code).toBe('cluster_unreachable')
    expect(client.seen).toHaveLength(BREAKER_FAILURES)
  })

  test.each([
    ['refuses', () => statusAnswer(403, 'Forbidden')],
    ['limits', () => statusAnswer(429, 'TooManyRequests')],
    ['fails', () => statusAnswer(500, 'InternalError')],
    ['is starting', () => statusAnswer(503, 'ServiceUnavailable')],
    ['talks nonsense', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['breaks off in the middle', () => new Response('{"kind":', { headers: { 'content-type': 'application/json' } })],
  ])('stays closed for a server that %s: it can be reached', async (_, script) => {
    const { client, breaker, list } = clientWith(script)
    await fails(2 * BREAKER_FAILURES, list)
    expect(breaker.phase()).toBe('closed')
    expect(client.seen).toHaveLength(2 * BREAKER_FAILURES)
  })

  test('does not blame the server for a caller that goes away, nor for a credential that is not there', async () => {
    const waiting = clientWith(() => new Promise(() => undefined))
    const absent = clientOf(() => json(POD_LIST), {
      breaker: waiting.breaker,
      token: async () => '',
    })
    for (let count = 0; count < 2 * BREAKER_FAILURES; count += 1) {
      const caller = new AbortController()
      const gone = waiting.list(caller.signal)
      caller.abort(new Error('gone'))
      await expect(gone).rejects.toThrow('gone')
      expect((await errorOf(absent.list(PODS, {}, never))).code).toBe('secret_unavailable')
    }
    expect(waiting.breaker.phase()).toBe('closed')
  })
})
