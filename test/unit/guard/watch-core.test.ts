/** The watch rules: when each fires, how often, what it does, and that what is kept of a caller stays small. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Ledgered,
  MAX_ALERTS_KEPT,
  MAX_PLANS_TOLD_APART,
  MAX_SEEN,
  observe,
  type Watched,
} from '../../../src/guard/watch-core.ts'
import { type Alert, RAISING_RULES, type Sighting, WATCH_RULES, type WatchLimits } from '../../../src/watch.ts'

const NOW = 1_793_491_200_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const LIMITS: WatchLimits = {
  denialsPerMinute: 3,
  notFoundPerMinute: 4,
  identicalPlansPerHour: 3,
  firstSeenAfterMs: 7 * DAY,
  budgetPercent: 90,
  raiseForMs: HOUR,
  freeze: [],
}
const caller = { kind: 'agent', issuer: 'bulkhead', client: 'ci-agent', subject: 'ci-agent' } as const

type Seen = Omit<Sighting, 'caller' | 'limits'>

/** One caller's rules, as a ledger holds them. */
const watching = (limits: Partial<WatchLimits> = {}) => {
  let watched: Watched | undefined
  return {
    see(seen: Seen, now = NOW, facts: Ledgered = {}): readonly Alert[] {
      const observed = observe(watched, { caller, limits: { ...LIMITS, ...limits }, ...seen }, facts, now)
      watched = observed.watched ?? watched
      return observed.alerts
    },
    get state() {
      return watched
    },
  }
}

const denied = { denied: true }
const rulesOf = (alerts: readonly Alert[]) => alerts.map((it) => it.rule)

describe.each([
  ['denialsPerMinute', { denied: true }, 3],
  ['notFoundPerMinute', { notFound: true }, 4],
] as const)('L5-5 %s', (rule, seen, threshold) => {
  test('fires at its threshold, once a minute, and says how many', () => {
    const it = watching()
    for (let n = 1; n < threshold; n++) expect(it.see(seen)).toEqual([])
    const [alert] = it.see(seen)
    expect(alert).toMatchObject({ rule, acted: 'raised' })
    expect(alert?.what).toMatch(new RegExp(`^${threshold} `))
    for (let n = 0; n < 100; n++) expect(it.see(seen, NOW + n * 500)).toEqual([])
    expect(rulesOf(it.see(seen, NOW + MINUTE))).toEqual([rule])
  })

  test('is silent where it happens slowly', () => {
    const it = watching()
    for (let n = 0; n < 50; n++) expect(it.see(seen, NOW + n * 40_000)).toEqual([])
  })
})

test('L5-5 no burst of denials within a minute is missed, and fewer than the threshold never fire', () => {
  const gaps = fc.array(fc.oneof(fc.nat(5_000), fc.nat(90_000)), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 6 }), (pauses, denialsPerMinute) => {
      const it = watching({ denialsPerMinute })
      let now = NOW
      let fired = 0
      const since: number[] = []
      for (const pause of pauses) {
        now += pause
        since.push(now)
        const within = (span: number) => since.filter((at) => at > now - span).length
        const alerts = it.see(denied, now)
        if (alerts.length > 0) {
          expect(within(70_000)).toBeGreaterThanOrEqual(denialsPerMinute)
          expect(now - fired).toBeGreaterThanOrEqual(MINUTE)
          fired = now
          since.length = 0
        } else if (now - fired >= MINUTE) expect(within(MINUTE)).toBeLessThan(denialsPerMinute)
      }
    }),
  )
})

describe('L5-5 decoys', () => {
  const named = { decoys: ['secrets/shop/backup-admin'] }
  test('one fires at once, by its name, and not again within the minute', () => {
    const it = watching()
    expect(it.see(named)).toEqual([{ rule: 'decoys', what: 'secrets/shop/backup-admin', acted: 'raised' }])
    expect(it.see(named, NOW + 1_000)).toEqual([])
    expect(rulesOf(it.see(named, NOW + MINUTE))).toEqual(['decoys'])
  })

  test('where it freezes it is never quiet: whoever was released is frozen by the next one', () => {
    const it = watching({ freeze: RAISING_RULES })
    expect(it.see(named)).toMatchObject([{ acted: 'frozen' }])
    expect(it.see(named, NOW + 1_000)).toMatchObject([{ acted: 'frozen' }])
  })
})

describe('L5-5 firstSeenAfter', () => {
  const get = (namespace: string) => ({ accesses: [`get secrets in ${namespace}`] })
  test('is silent while a caller is new, and then records each pair that is', () => {
    const it = watching()
    expect(it.see(get('shop'))).toEqual([])
    expect(it.see(get('web'), NOW + 7 * DAY - 1)).toEqual([])
    expect(it.see(get('shop'), NOW + 7 * DAY)).toEqual([])
    expect(it.see(get('bank'), NOW + 7 * DAY)).toEqual([
      { rule: 'firstSeenAfter', what: 'get secrets in bank', acted: 'recorded' },
    ])
    expect(it.see(get('bank'), NOW + 9 * DAY)).toEqual([])
    const two = { accesses: ['list pods in a', 'list pods in b'] }
    expect(it.see(two, NOW + 9 * DAY)).toMatchObject([{ what: 'list pods in a, and 1 more' }])
  })

  test('freezes where it is told to', () => {
    const it = watching({ freeze: ['firstSeenAfter'], firstSeenAfterMs: 0 })
    expect(it.see(get('shop'))).toMatchObject([{ acted: 'frozen' }])
  })
})

describe('L5-5 budgetPercent', () => {
  const used = (percent: number): Ledgered => ({ used: [{ bucket: 'calls', percent }] })
  test('records a budget that is used up so far, once a minute', () => {
    const it = watching()
    expect(it.see({}, NOW, used(89))).toEqual([])
    expect(it.see({}, NOW, used(90))).toEqual([{ rule: 'budgetPercent', what: '90 % of calls', acted: 'recorded' }])
    expect(it.see({}, NOW + 1, used(100))).toEqual([])
    expect(it.see({}, NOW + MINUTE, used(100))).toMatchObject([{ what: '100 % of calls' }])
  })
})

describe('L5-5 identicalPlansPerHour', () => {
  const plan = (digest: string): Ledgered => ({ plan: digest })
  test('counts by plan, and fires for the one that is asked for again and again', () => {
    const it = watching()
    for (const digest of ['a', 'b', 'c', 'a', 'b', 'c']) expect(it.see({}, NOW, plan(digest))).toEqual([])
    expect(it.see({}, NOW + 30 * MINUTE, plan('b'))).toEqual([
      { rule: 'identicalPlansPerHour', what: 'the same plan asked for 3 times', acted: 'raised' },
    ])
    expect(it.see({}, NOW + 2 * HOUR, plan('a'))).toEqual([])
  })
})

test('`freeze` names the rules that freeze; the others do as they always do', () => {
  const it = watching({ freeze: ['notFoundPerMinute', 'budgetPercent'], denialsPerMinute: 1, notFoundPerMinute: 1 })
  const alerts = it.see({ denied: true, notFound: true }, NOW, { used: [{ bucket: 'bytes', percent: 95 }] })
  expect(alerts.map((alert) => [alert.rule, alert.acted])).toEqual([
    ['denialsPerMinute', 'raised'],
    ['notFoundPerMinute', 'frozen'],
    ['budgetPercent', 'frozen'],
  ])
})

test('what is kept of a caller is bounded, whatever it does, and fits a value of Deno KV', () => {
  const seen = fc.record({
    denied: fc.boolean(),
    notFound: fc.boolean(),
    decoys: fc.array(fc.string({ maxLength: 40 }), { maxLength: 2 }),
    accesses: fc.array(fc.string({ maxLength: 40 }), { maxLength: 40 }),
  })
  const steps = fc.array(fc.tuple(seen, fc.nat(HOUR), fc.string({ minLength: 1, maxLength: 64 })), {
    maxLength: 60,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, (moves) => {
      const it = watching({ firstSeenAfterMs: 0, freeze: WATCH_RULES })
      let now = NOW
      for (const [what, pause, digest] of moves) {
        now += pause
        it.see(what, now, { plan: digest })
      }
      if (it.state === undefined) return
      expect(it.state.seen.length).toBeLessThanOrEqual(MAX_SEEN)
      expect(it.state.plans.length).toBeLessThanOrEqual(MAX_PLANS_TOLD_APART)
      expect(it.state.alerts.length).toBeLessThanOrEqual(MAX_ALERTS_KEPT)
      expect(JSON.stringify(it.state).length).toBeLessThan(32_768)
    }),
    { numRuns: 30 },
  )
})

test('a call that shows nothing new writes nothing, but once a day', () => {
  const it = watching()
  const look = { accesses: ['list pods in shop'] }
  const state = () => {
    const before = it.state
    return { same: () => it.state === before }
  }
  it.see(look)
  const first = state()
  it.see(look, NOW + HOUR)
  expect(first.same()).toBe(true)
  it.see(look, NOW + DAY)
  expect(first.same()).toBe(false)
  expect(it.state).toMatchObject({ since: NOW, at: NOW + DAY })
})
