/** The caller's own plans: listed, looked at, waited for, taken back. */
import * as z from 'zod'
import { ageOf } from '../kube/ages.ts'
import { isOpen, type PlanSummary } from '../plan.ts'
import { changeTool, readTool } from '../tool.ts'
import { cluster } from './arguments.ts'
import { ANY_CHANGE } from './change-target.ts'
import { renderPlan } from './render/plan.ts'
import { renderTable } from './render/table.ts'

/** Longer than any id that Bulkhead gives. */
const MAX_ID = 90
/** A call ends at 30 s; a client that wants more asks again. */
const MAX_WAIT_SECONDS = 25

const id = z
  .string()
  .max(MAX_ID)
  .regex(/^[a-z0-9][-a-z0-9]*$/, 'the id that a plan has')
  .describe('planId')

const row = (plan: PlanSummary, now: number): readonly string[] => [
  plan.id,
  plan.tool,
  plan.state,
  plan.decision,
  ageOf(new Date(plan.created).toISOString(), now),
  isOpen(plan.state) ? new Date(plan.expires).toISOString() : '',
]

export const plansList = readTool({
  name: 'plans_list',
  title: 'List plans',
  description: "This caller's plans, newest first.",
  input: z.strictObject({ cluster }),
  needs: ANY_CHANGE,
  async run(input, views) {
    const plans = await views.plans.list(input.cluster)
    if (plans.length === 0) return { notes: ['There are no plans of this caller.'] }
    const headers = ['ID', 'TOOL', 'STATE', 'DECISION', 'AGE', 'EXPIRES']
    return { untrusted: renderTable({ headers, rows: plans.map((it) => row(it, views.now)), foldable: [] }) }
  },
})

export const plansGet = readTool({
  name: 'plans_get',
  title: 'Get a plan',
  description: 'One plan and what became of it. With waitSeconds: as soon as its state changes.',
  input: z.strictObject({ id, waitSeconds: z.int().min(0).max(MAX_WAIT_SECONDS).optional() }),
  needs: ANY_CHANGE,
  async run(input, views) {
    const view = await views.plans.get(input.id, input.waitSeconds ?? 0)
    return { ...renderPlan(view), structured: { ...view } }
  },
})

export const plansWithdraw = changeTool({
  name: 'plans_withdraw',
  title: 'Withdraw a plan',
  description: 'Takes back a plan of this caller that waits.',
  input: z.strictObject({ id }),
  needs: ANY_CHANGE,
  async plan(input) {
    return { withdraw: input.id }
  },
})
