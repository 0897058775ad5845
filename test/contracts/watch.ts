/** What every ledger promises of the watch rules (src/watch.ts): in memory, on a Durable Object and on Deno KV. */
import { callerKey } from '../../src/access.ts'
import type { PlanRow } from '../../src/plan.ts'
import { CALLER_KEPT_MS } from '../../src/plans.ts'
import type { Admission, AdmitRequest, AppendRequest, Watchful } from '../../src/ports.ts'
import { RAISING_RULES, type Sighting, type WatchLimits } from '../../src/watch.ts'
import { type Check, equal, ok } from './assert.ts'
import { admission, agent, bucket, call, NOW, refusal, verified } from './ledger-parts.ts'
import type { MadePlans, MakePlans } from './plans.ts'

const OWNER = callerKey(agent)
const HOUR = 3_600_000
export const LIMITS: WatchLimits = {
  denialsPerMinute: 5,
  notFoundPerMinute: 5,
  identicalPlansPerHour: 3,
  firstSeenAfterMs: 24 * HOUR,
  budgetPercent: 90,
  raiseForMs: HOUR,
  freeze: [],
}

type Seen = Omit<Sighting, 'caller' | 'limits'>
export const sighting = (seen: Seen, limits: Partial<WatchLimits> = {}): Sighting => ({
  caller: agent,
  limits: { ...LIMITS, ...limits },
  ...seen,
})

const denial = (id: string, limits: Partial<WatchLimits> = {}, now = NOW): AdmitRequest => ({
  ...admission(id, [bucket('calls', 1000, 1)], now),
  entry: { ...refusal(id), code: 'policy_denied' } as AdmitRequest['entry'],
  watch: sighting({ denied: true }, limits),
})
const read = (id: string, seen: Seen, limits: Partial<WatchLimits> = {}, now = NOW): AdmitRequest => ({
  ...admission(id, [bucket('calls', 1000, 1)], now),
  watch: sighting(seen, limits),
})
const notFound = (id: string, limits: Partial<WatchLimits> = {}): AppendRequest => ({
  now: NOW,
  entry: {
    kind: 'outcome',
    call: id,
    outcome: 'not_found',
    accesses: [],
    bytes: 0,
    redactions: 0,
    hidden: 0,
    durationMs: 1,
    digest: '0'.repeat(64),
  },
  watch: sighting({ notFound: true }, limits),
})

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))
const firedIn = (answers: readonly Watchful[]) => answers.flatMap((it) => it.alerts ?? [])
const isFrozen = (answer: Admission) => !answer.admitted && 'frozen' in answer && answer.frozen === 'caller'
const watchRecords = async (made: MadePlans) =>
  (await verified(made)).flatMap((it) => (it.kind === 'watch' ? [[it.rule, it.acted]] : []))

const planned = (id: string, decision: PlanRow['decision'] = 'approve'): PlanRow => ({
  id: `prod-${id}`,
  owner: OWNER,
  caller: agent,
  tool: 'resources_scale',
  state: 'pending',
  decision,
  digest: 'd'.repeat(64),
  created: NOW,
  expires: NOW + 600_000,
  sealed: 'sealed',
  steps: [{ state: 'waiting' }],
})
const propose = ({ plans }: MadePlans, row: PlanRow, limits: Partial<WatchLimits> = {}) =>
  plans.propose({
    now: NOW,
    row,
    cap: 10,
    watch: sighting({}, limits),
    entry: {
      kind: 'plan',
      plan: row.id,
      caller: agent,
      tool: row.tool,
      decision: row.decision,
      digest: row.digest,
      policy: '0'.repeat(64),
      expires: row.expires,
      tainted: false,
      operations: [],
    },
  })

export const watchContract: readonly Check<MakePlans>[] = [
  {
    name: 'L5-5 a burst of denials raises its caller: one record, however many come at once',
    async run(make) {
      const made = await make()
      const before = await times(4, (index) => made.ledger.admit(denial(`a${index}`)))
      equal(firedIn(before), [], 'below the threshold')
      equal((await made.plans.standing(OWNER)).raisedUntil, 0, 'not raised')
      const after = await times(40, (index) => made.ledger.admit(denial(`b${index}`)))
      const expected = { rule: 'denialsPerMinute', what: '5 calls refused by policy or rails', acted: 'raised' }
      equal(firedIn(after), [expected], 'what fired')
      ok(
        after.every((it) => it.admitted),
        'raised is not refused',
      )
      equal(await watchRecords(made), [['denialsPerMinute', 'raised']], 'records')
      equal((await made.plans.standing(OWNER)).raisedUntil, NOW + HOUR, 'raised until')
      const [caller] = await made.plans.callers()
      equal([caller?.owner, caller?.raisedUntil], [OWNER, NOW + HOUR], 'the caller, for the console')
      equal(caller?.alerts, [{ ...expected, at: NOW }], 'its alerts')
    },
  },
  {
    name: 'L5-5 counters survive a restart, and do not ask with which token their caller comes',
    async run(make) {
      const made = await make()
      await times(3, (index) => made.ledger.admit(denial(`a${index}`)))
      await made.restart()
      // A caller is issuer, client and subject: what stands beside them may be another with each token.
      const { owner: _, ...bare } = agent
      const renewed = { ...bare, act: ['somebody'] }
      const next = { ...denial('b'), watch: { ...sighting({ denied: true }), caller: renewed } }
      equal(firedIn([await made.ledger.admit(next)]), [], 'the fourth')
      await made.restart()
      equal(firedIn([await made.ledger.admit(denial('c'))]).length, 1, 'the fifth')
    },
  },
  {
    name: 'L5-5 another caller, and another ledger, count for themselves',
    async run(make) {
      const made = await make()
      await times(4, (index) => made.ledger.admit(denial(`a${index}`)))
      const stranger = { ...agent, subject: 'somebody else' }
      const foreign = { ...denial('b'), bucketOwner: callerKey(stranger) }
      const answers = [
        await made.ledger.admit({ ...foreign, watch: { ...sighting({ denied: true }), caller: stranger } }),
        await made.other.admit(denial('c')),
      ]
      equal(firedIn(answers), [], 'theirs')
    },
  },
  {
    name: 'L5-5 names that are not there are counted with the outcome that says so, and freeze where they are told to',
    async run(make) {
      const made = await make()
      const freeze = { freeze: ['notFoundPerMinute'] } as const
      const answers = await times(12, (index) => made.ledger.append(notFound(`a${index}`, freeze)))
      equal(
        firedIn(answers),
        [{ rule: 'notFoundPerMinute', what: '5 names that the API server does not know', acted: 'frozen' }],
        'what fired',
      )
      equal(await watchRecords(made), [['notFoundPerMinute', 'frozen']], 'records')
      const [turned] = await made.plans.switches()
      equal(
        [turned?.on, turned?.by, turned?.scope],
        [true, 'watch: notFoundPerMinute', { kind: 'caller', owner: OWNER }],
        'the switch',
      )
      ok(isFrozen(await made.ledger.admit(read('b', {}, freeze))), 'the next call')
      await made.restart()
      equal(await propose(made, planned('a')), { proposed: false, why: 'frozen' }, 'a plan')
      const last = (await verified(made)).at(-1)
      ok(last?.kind === 'refusal' && last.code === 'frozen', 'the refusal says why')
    },
  },
  {
    name: 'L5-5 whom a rule froze an operator releases, and the counters begin anew',
    async run(make) {
      const made = await make()
      const freeze = { freeze: RAISING_RULES }
      await times(5, (index) => made.ledger.admit(denial(`a${index}`, freeze)))
      ok(isFrozen(await made.ledger.admit(denial('b', freeze))), 'frozen')
      const scope = { kind: 'caller', owner: OWNER } as const
      const turned = { on: false, by: 'lead', reason: 'a test' }
      const release = { now: NOW + 1, row: { scope, ...turned } }
      await made.plans.setSwitch({ ...release, entry: { kind: 'switch', scope: 'caller', owner: OWNER, ...turned } })
      const answers = await times(4, (index) => made.ledger.admit(denial(`c${index}`, freeze, NOW + 2)))
      ok(
        answers.every((it) => it.admitted),
        'four more',
      )
      await made.ledger.admit(denial('d', freeze, NOW + 3))
      ok(isFrozen(await made.ledger.admit(denial('e', freeze, NOW + 4))), 'frozen again')
      equal((await watchRecords(made)).length, 2, 'records')
    },
  },
  {
    name: 'L5-5 a freeze that comes late does not undo what an operator did since',
    async run(make) {
      const made = await make()
      const scope = { kind: 'caller', owner: OWNER } as const
      const turn = (on: boolean, now: number, unlessSince?: number) =>
        made.plans.setSwitch({
          now,
          row: { scope, on, by: 'lead', reason: 'a test' },
          ...(unlessSince === undefined ? {} : { unlessSince }),
          entry: { kind: 'switch', scope: 'caller', owner: OWNER, on, by: 'lead', reason: 'a test' },
        })
      equal((await turn(true, NOW, NOW)).on, true, 'where nobody turned it')
      equal((await turn(true, NOW + 5, NOW)).at, NOW, 'again: the same')
      await turn(false, NOW + 10)
      equal((await turn(true, NOW + 20, NOW)).on, false, 'released since')
      equal((await verified(made)).length, 2, 'records')
    },
  },
  {
    name: 'L5-5 a decoy that freezes stops the very call that names it; nothing is taken',
    async run(make) {
      const made = await make()
      const decoys = ['secrets/shop/backup-admin']
      const raised = await made.ledger.admit(read('a', { decoys }))
      equal([raised.admitted, firedIn([raised]).map((it) => it.acted)], [true, ['raised']], 'without freeze')
      const one = {
        ...admission('b', [bucket('rare', 100, 1)]),
        watch: sighting({ decoys }, { freeze: RAISING_RULES }),
      }
      const stopped = await made.ledger.admit(one)
      ok(isFrozen(stopped), 'stopped')
      equal(firedIn([stopped]), [{ rule: 'decoys', what: decoys[0], acted: 'frozen' }], 'what fired')
      const kinds = (await verified(made)).map((it) => (it.kind === 'refusal' ? it.code : it.kind))
      equal(kinds, ['call', 'watch', 'frozen', 'watch', 'switch'], 'records')
      equal(
        (await made.plans.callers())[0]?.buckets.map((it) => it.name),
        ['calls'],
        'buckets',
      )
    },
  },
  {
    name: 'L5-5 what is new for a caller that is known is recorded, after a restart too',
    async run(make) {
      const made = await make()
      const look = (id: string, place: string, now: number) =>
        made.ledger.admit(read(id, { accesses: [`get secrets in ${place}`] }, {}, now))
      equal(firedIn([await look('a', 'shop', NOW)]), [], 'a new caller')
      await made.restart()
      equal(firedIn([await look('b', 'shop', NOW + 25 * HOUR)]), [], 'what it has done before')
      equal(
        firedIn([await look('c', 'bank', NOW + 25 * HOUR)]),
        [{ rule: 'firstSeenAfter', what: 'get secrets in bank', acted: 'recorded' }],
        'what it has not',
      )
      equal((await made.plans.standing(OWNER)).raisedUntil, 0, 'recorded, not raised')
    },
  },
  {
    name: 'L5-5 a budget that is nearly used up is recorded, of calls and of changes',
    async run(make) {
      const made = await make()
      const ask = (id: string) => made.ledger.admit({ ...admission(id, [bucket('calls', 10, 1)]), watch: sighting({}) })
      const answers: Admission[] = []
      for (let index = 0; index < 12; index++) answers.push(await ask(`a${index}`))
      const expected = [{ rule: 'budgetPercent', what: '90 % of calls', acted: 'recorded' }]
      equal(firedIn(answers.slice(0, 8)), [], 'eight of ten')
      equal(firedIn(answers.slice(8)), expected, 'nine, ten and more')
      await propose(made, { ...planned('a'), state: 'approved' })
      const consumed = await made.plans.consume({
        now: NOW + 60_000,
        id: 'prod-a',
        step: 0,
        buckets: [bucket('changes', 1, 1)],
        watch: sighting({}),
        entry: {
          kind: 'intent',
          plan: 'prod-a',
          step: 0,
          caller: agent,
          operation: { operation: 'patch', verb: 'patch', group: 'apps', resource: 'deployments', name: 'web' },
        },
      })
      ok(consumed.intended, 'the change')
      equal(
        firedIn([consumed]).map((it) => it.what),
        ['100 % of changes'],
        'of changes',
      )
    },
  },
  {
    name: 'L5-5 the same plan asked for again and again raises its caller; another answer than the first it gets not',
    async run(make) {
      const made = await make()
      const answers = [await propose(made, planned('a')), await propose(made, planned('b'))]
      equal(firedIn(answers), [], 'twice')
      await made.restart()
      const third = await propose(made, planned('c'))
      ok(third.proposed && third.existing && third.plan.id === 'prod-a', 'the first plan')
      equal(
        firedIn([third]).map((it) => [it.rule, it.acted]),
        [['identicalPlansPerHour', 'raised']],
        'what fired',
      )
      equal((await made.plans.standing(OWNER)).raisedUntil, NOW + HOUR, 'raised until')
    },
  },
  {
    name: 'L5-5 what the rules know does not change what a caller has read and had approved',
    async run(make) {
      const made = await make()
      await made.ledger.admit({ ...read('a', {}), reads: true })
      await times(5, (index) => made.ledger.admit(denial(`b${index}`)))
      const { readAt, approvedAt, raisedUntil } = await made.plans.standing(OWNER)
      equal([readAt, approvedAt, raisedUntil], [NOW, 0, NOW + HOUR], 'standing')
      await propose(made, planned('a'))
      await made.plans.decide({
        now: NOW + 1,
        id: 'prod-a',
        verdict: { verdict: 'approved', by: agent, at: NOW + 1 },
        entry: { kind: 'decision', plan: 'prod-a', verdict: 'approved' },
      })
      equal((await made.plans.standing(OWNER)).raisedUntil, NOW + HOUR, 'an approval does not lower')
      equal((await made.plans.callers())[0]?.alerts.length, 1, 'nor does it forget')
    },
  },
]

/** Callers whose rows must be there, or gone, after enough records that a platform has pruned. */
export const fillAfterCallersLeft = async ({ ledger }: Pick<MadePlans, 'ledger'>): Promise<void> => {
  const come = (client: string, now: number) => {
    const caller = { ...agent, client, subject: client }
    return ledger.admit({
      ...admission(client, [], now),
      bucketOwner: callerKey(caller),
      watch: { ...sighting({ accesses: ['list pods in shop'] }), caller },
    })
  }
  await come('gone', NOW)
  await come('back', NOW)
  await come('back', NOW + CALLER_KEPT_MS)
  for (let index = 0; index < 260; index++)
    await ledger.append({ now: NOW + CALLER_KEPT_MS + 1, entry: call(`c${index}`) })
}
export const CALLERS_KEPT = [callerKey({ ...agent, client: 'back', subject: 'back' })]
