/** What every `Plans` promises (src/plans.ts): in memory, on a Durable Object and on Deno KV. */
import { callerKey } from '../../src/access.ts'
import type { PlanRow, PlanSummary } from '../../src/plan.ts'
import type { CloseRequest, IntentRequest, OutcomeRequest, Plans, SwitchScope } from '../../src/plans.ts'
import type { LedgerEntry } from '../../src/ports.ts'
import { type Check, equal, ok } from './assert.ts'
import { admission, agent, bucket, type MadeLedger, NOW, verified } from './ledger-parts.ts'

export interface MadePlans extends MadeLedger {
  readonly plans: Plans
}
export type MakePlans = () => Promise<MadePlans>

const OWNER = callerKey(agent)
const EXPIRES = NOW + 600_000

const planned = (id: string, more: Partial<PlanRow> = {}): PlanRow => ({
  id: `prod-${id}`,
  owner: OWNER,
  caller: agent,
  tool: 'resources_scale',
  state: 'pending',
  decision: 'approve',
  digest: id.padEnd(64, '-'),
  created: NOW,
  expires: EXPIRES,
  sealed: `sealed-${id}`,
  steps: [{ state: 'waiting' }, { state: 'waiting' }],
  ...more,
})

const planEntry = (row: PlanRow): LedgerEntry => ({
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
})

const propose = (plans: Plans, row: PlanRow, cap = 10, now = NOW) =>
  plans.propose({ now, row, cap, entry: planEntry(row) })

const decide = (plans: Plans, id: string, verdict: 'approved' | 'refused', now = NOW) =>
  plans.decide({
    now,
    id: `prod-${id}`,
    verdict: { verdict, by: { ...agent, kind: 'operator' }, at: now },
    entry: { kind: 'decision', plan: `prod-${id}`, verdict },
  })

const intent = (id: string, step: number, now = NOW): IntentRequest => ({
  now,
  id: `prod-${id}`,
  step,
  expected: { uid: 'u', resourceVersion: '7' },
  buckets: step === 0 ? [bucket('changes', 2, 1)] : [],
  entry: {
    kind: 'intent',
    plan: `prod-${id}`,
    step,
    caller: agent,
    operation: { operation: 'patch', verb: 'patch', group: 'apps', resource: 'deployments', name: 'web' },
  },
})

const outcome = (id: string, step: number, state: 'done' | 'waiting', end = false): OutcomeRequest => ({
  now: NOW,
  id: `prod-${id}`,
  step,
  result: { state },
  ...(end ? { state: 'applied' as const } : {}),
  entry: { kind: 'effect', plan: `prod-${id}`, step, outcome: state, reconciled: false },
})

const closing = (id: string, from: CloseRequest['from']): CloseRequest => ({
  now: NOW,
  id: `prod-${id}`,
  from,
  state: 'stale',
  code: 'plan_stale',
  entry: { kind: 'plan_end', plan: `prod-${id}`, state: 'stale', code: 'plan_stale' },
})

const turn = (plans: Plans, scope: SwitchScope, on: boolean, now = NOW) =>
  plans.setSwitch({
    now,
    row: { scope, on, by: 'lead', reason: 'a test' },
    entry: { kind: 'switch', scope: scope.kind, on, by: 'lead', reason: 'a test' },
  })

const approved = async (plans: Plans, id: string, more: Partial<PlanRow> = {}) => {
  await propose(plans, planned(id, more))
  await decide(plans, id, 'approved')
}

const kinds = async (made: MadePlans): Promise<string[]> => (await verified(made)).map((it) => it.kind)
const stateOf = async (plans: Plans, id: string) => (await plans.get(`prod-${id}`))?.state

export const plansContract: readonly Check<MakePlans>[] = [
  {
    name: 'keeps a plan whole, with its record, and finds it again',
    async run(make) {
      const made = await make()
      const row = planned('a', { created: Date.now(), expires: Date.now() + 600_000, sealed: 'x'.repeat(390_000) })
      equal(await propose(made.plans, row), { proposed: true, existing: false, plan: summary(row) }, 'proposed')
      equal(await made.plans.get(row.id), row, 'the whole plan')
      await made.restart()
      equal(await made.plans.get(row.id), row, 'after a restart')
      equal(await made.plans.get('prod-none'), undefined, 'one that there is not')
      equal(await kinds(made), ['plan'], 'records')
    },
  },
  {
    name: 'L6-2 the same call again finds the same open plan, and nothing is written',
    async run(make) {
      const made = await make()
      await propose(made.plans, planned('a'))
      const again = await propose(made.plans, planned('b', { digest: planned('a').digest }))
      ok(again.proposed && again.existing && again.plan.id === 'prod-a', 'the first plan')
      equal(await kinds(made), ['plan'], 'records')
      await decide(made.plans, 'a', 'refused')
      const anew = await propose(made.plans, planned('b', { digest: planned('a').digest }))
      ok(anew.proposed && !anew.existing, 'a refused plan is not found again')
    },
  },
  {
    name: 'a caller has as many open plans as the cap says, however many are asked for at once',
    async run(make) {
      const made = await make()
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => propose(made.plans, planned(`p${index}`), 5)),
      )
      equal(answers.filter((it) => it.proposed).length, 5, 'proposed')
      const another = await propose(made.plans, planned('other', { owner: 'somebody else' }), 5)
      equal(another.proposed, true, 'another caller')
      const late = await propose(made.plans, planned('late', { created: EXPIRES }), 5, EXPIRES)
      equal(late.proposed, true, 'when the others have expired')
    },
  },
  {
    name: 'L6-2 one decision a plan: of 100 parallel ones one counts',
    async run(make) {
      const made = await make()
      await propose(made.plans, planned('a'))
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => decide(made.plans, 'a', index % 2 === 0 ? 'approved' : 'refused')),
      )
      equal(answers.filter((it) => it.decided).length, 1, 'decided')
      equal((await kinds(made)).filter((it) => it === 'decision').length, 1, 'decision records')
    },
  },
  {
    name: 'an expired plan cannot be decided or consumed',
    async run(make) {
      const made = await make()
      await propose(made.plans, planned('a'))
      const answer = await decide(made.plans, 'a', 'approved', EXPIRES)
      ok(!answer.decided && 'plan' in answer && answer.plan.state === 'expired', 'not decided')
      await approved(made.plans, 'b')
      equal(await made.plans.consume(intent('b', 0, EXPIRES)), { intended: false, why: 'expired' }, 'not consumed')
      equal(await kinds(made), ['plan', 'plan', 'decision'], 'records')
    },
  },
  {
    name: 'L6-2 a plan is consumed once: of 100 parallel attempts one writes its INTENT',
    async run(make) {
      const made = await make()
      await approved(made.plans, 'a')
      const answers = await Promise.all(Array.from({ length: 100 }, () => made.plans.consume(intent('a', 0))))
      equal(answers.filter((it) => it.intended).length, 1, 'consumed')
      await made.restart()
      equal(await made.plans.consume(intent('a', 0)), { intended: false, why: 'state' }, 'after a restart')
      equal((await kinds(made)).filter((it) => it === 'intent').length, 1, 'INTENTs')
      equal(
        (await made.plans.get('prod-a'))?.steps[0],
        { state: 'intended', at: NOW, expected: { uid: 'u', resourceVersion: '7' } },
        'the step',
      )
    },
  },
  {
    name: 'L6-3 a plan that nobody decided, or that was refused, is not consumed',
    async run(make) {
      const made = await make()
      await propose(made.plans, planned('a'))
      equal(await made.plans.consume(intent('a', 0)), { intended: false, why: 'state' }, 'pending')
      await decide(made.plans, 'a', 'refused')
      equal(await made.plans.consume(intent('a', 0)), { intended: false, why: 'state' }, 'refused')
      equal(await made.plans.consume(intent('none', 0)), { intended: false, why: 'state' }, 'unknown')
      equal(await kinds(made), ['plan', 'decision'], 'records')
    },
  },
  {
    name: 'L7-1 a change takes from its budget, and without budget there is no INTENT',
    async run(make) {
      const made = await make()
      for (const id of ['a', 'b', 'c']) await approved(made.plans, id)
      ok((await made.plans.consume(intent('a', 0))).intended, 'the first')
      ok((await made.plans.consume(intent('b', 0))).intended, 'the second')
      const third = await made.plans.consume(intent('c', 0))
      ok(!third.intended && third.why === 'budget', 'the third')
      equal((await kinds(made)).filter((it) => it === 'intent').length, 2, 'INTENTs')
    },
  },
  {
    name: 'L5-1 each later step has an INTENT of its own, in order, and an OUTCOME once',
    async run(make) {
      const made = await make()
      await approved(made.plans, 'a')
      await made.plans.consume(intent('a', 0))
      equal(await made.plans.intend(intent('a', 0)), { intended: false, why: 'state' }, 'again, without an outcome')
      equal((await made.plans.outcome(outcome('a', 0, 'waiting')))?.state, 'applying', 'refused for its precondition')
      ok((await made.plans.intend(intent('a', 0))).intended, 'once more')
      await made.plans.outcome(outcome('a', 0, 'done'))
      await made.plans.outcome(outcome('a', 0, 'done'))
      ok((await made.plans.intend(intent('a', 1))).intended, 'the second step')
      equal((await made.plans.outcome(outcome('a', 1, 'done', true)))?.state, 'applied', 'the end')
      equal(
        await kinds(made),
        ['plan', 'decision', 'intent', 'effect', 'intent', 'effect', 'intent', 'effect'],
        'records',
      )
    },
  },
  {
    name: 'a plan is closed from where it is said to be, never with an INTENT that dangles',
    async run(make) {
      const made = await make()
      await approved(made.plans, 'a')
      equal(await made.plans.close(closing('a', ['pending'])), undefined, 'it has moved on')
      await made.plans.consume(intent('a', 0))
      equal(await made.plans.close(closing('a', ['applying'])), undefined, 'an INTENT dangles')
      await made.plans.outcome(outcome('a', 0, 'done'))
      equal((await made.plans.close(closing('a', ['applying'])))?.state, 'stale', 'closed')
      equal(await stateOf(made.plans, 'a'), 'stale', 'kept')
    },
  },
  ...(['everything', 'cluster', 'caller'] as const).map(
    (kind): Check<MakePlans> => ({
      name: `L5-5 a switch for ${kind} stops the next step, new plans and calls, and off again lets them be`,
      async run(make) {
        const made = await make()
        const scope: SwitchScope = kind === 'caller' ? { kind, owner: OWNER } : { kind }
        await approved(made.plans, 'a')
        await approved(made.plans, 'b')
        await made.plans.consume(intent('a', 0))
        await made.plans.outcome(outcome('a', 0, 'done'))
        const on = await turn(made.plans, scope, true, NOW + 1)
        equal([on.on, on.frozenAt], [true, NOW + 1], 'the switch')
        await made.restart()
        equal(await made.plans.intend(intent('a', 1)), { intended: false, why: 'frozen' }, 'the next step')
        equal(await made.plans.consume(intent('b', 0)), { intended: false, why: 'frozen' }, 'another plan')
        equal(await propose(made.plans, planned('c')), { proposed: false, why: 'frozen' }, 'a new plan')
        const call = await made.ledger.admit(admission('c1', [bucket('calls', 1, 1)]))
        ok(!call.admitted && 'frozen' in call && call.frozen === kind, 'a call')
        await turn(made.plans, scope, false, NOW + 2)
        ok((await made.plans.intend(intent('a', 1))).intended, 'off again')
        equal(
          (await made.plans.switches()).map((it) => [it.on, it.frozenAt]),
          [[false, NOW + 1]],
          'what is known',
        )
      },
    }),
  ),
  {
    name: 'another caller is not stopped by a caller’s switch',
    async run(make) {
      const made = await make()
      await turn(made.plans, { kind: 'caller', owner: 'somebody else' }, true)
      ok((await propose(made.plans, planned('a'))).proposed, 'proposed')
    },
  },
  {
    name: 'L1-6 knows who has read since the last approval',
    async run(make) {
      const made = await make()
      const at = async () => {
        const { readAt, approvedAt } = await made.plans.standing(OWNER)
        return readAt > approvedAt
      }
      equal(await at(), false, 'at first')
      await made.ledger.admit(admission('c1', []))
      equal(await at(), false, 'a call that reads nothing')
      await made.ledger.admit({ ...admission('c2', []), reads: true })
      equal(await at(), true, 'after a read')
      await approved(made.plans, 'a')
      equal(await at(), false, 'after an approval')
      await made.ledger.admit({ ...admission('c3', []), reads: true })
      await made.restart()
      equal(await at(), true, 'after the next read')
      equal(
        (await made.plans.callers()).map((it) => it.owner),
        [OWNER],
        'callers',
      )
    },
  },
  {
    name: 'lists plans newest first, by owner and by state',
    async run(make) {
      const made = await make()
      for (const [index, id] of ['a', 'b', 'c'].entries())
        await propose(made.plans, planned(id, { created: Date.now() + index, expires: Date.now() + 600_000 }))
      await propose(
        made.plans,
        planned('d', { owner: 'somebody else', created: Date.now() + 9, expires: Date.now() + 600_000 }),
      )
      await decide(made.plans, 'b', 'refused')
      const ids = async (query: Parameters<Plans['list']>[0]) =>
        (await made.plans.list(query)).map((it) => it.id.slice(5))
      equal(await ids({ limit: 10 }), ['d', 'c', 'b', 'a'], 'all')
      equal(await ids({ limit: 10, owner: OWNER, states: ['pending'] }), ['c', 'a'], 'of an owner, that wait')
      const [first] = await made.plans.list({ limit: 1 })
      ok(first !== undefined, 'a first one')
      equal(await ids({ limit: 2, before: { created: first.created, id: first.id } }), ['c', 'b'], 'the next page')
    },
  },
]

const summary = ({ sealed: _, ...rest }: PlanRow): PlanSummary => rest
