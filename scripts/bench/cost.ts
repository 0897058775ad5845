/**
 * `npm run bench -- cost`: what Cloudflare bills for a call of each tool, counted by bindings and storage that count, in
 * workerd. CPU is that of the whole process without what a request costs there that is answered at once: still above what is
 * billed, since it holds the sockets, TLS and the disk.
 */

import { NO_LIMITS, type RunningBulkhead } from './bulkhead.ts'
import { tool } from './compare.ts'
import { cpuOf } from './cpu.ts'
import { callsOfEachTool, type ToolCall } from './each-tool.ts'
import { printTable } from './markdown.ts'
import { send } from './measure.ts'
import { startMetered, takeBill } from './metered/ask.ts'
import { type Bill, TAKE_PATH } from './metered/bill.ts'
import { startDemo } from './target.ts'

/** Of the free plan, one invocation. */
const FREE_CPU_MS = 10
const FREE_SUBREQUESTS = 50
/** Of the free plan, one day. */
const FREE_REQUESTS = 100_000
const FREE_ROWS_WRITTEN = 100_000
/** The kernel counts CPU in tens of milliseconds: this many calls make it a quarter. */
const CALLS = 40

const COLUMNS = [
  'tool',
  'to the cluster',
  'Durable Object',
  'KV read, written',
  'subrequests',
  'rows read',
  'rows written',
  'CPU ms',
  'beyond the free plan',
]

const subrequests = ({ cluster, durable, cacheReads, cacheWrites }: Bill): number =>
  cluster + durable + cacheReads + cacheWrites

const perCall = (value: number, calls: number): string => (value / calls).toFixed(1).replace(/\.0$/, '')

const line = (name: string, bill: Bill, calls: number, cpu: number | undefined): readonly string[] => {
  const beyond = [
    ...(cpu !== undefined && cpu / calls > FREE_CPU_MS ? ['CPU'] : []),
    ...(subrequests(bill) / calls > FREE_SUBREQUESTS ? ['subrequests'] : []),
  ]
  return [
    name,
    perCall(bill.cluster, calls),
    perCall(bill.durable, calls),
    `${perCall(bill.cacheReads, calls)}, ${perCall(bill.cacheWrites, calls)}`,
    perCall(subrequests(bill), calls),
    perCall(bill.rowsRead, calls),
    perCall(bill.rowsWritten, calls),
    cpu === undefined ? 'not measured' : (cpu / calls).toFixed(1),
    beyond.join(', '),
  ]
}

/** A change that waits for approval, and what looks at it. The demo's cart, to a number that it does not have. */
const planning: readonly ToolCall[] = [
  {
    tool: 'resources_scale (a plan)',
    call: tool('resources_scale', { kind: 'Deployment', name: 'cart', namespace: 'shop', replicas: 3 }),
  },
  { tool: 'plans_list', call: tool('plans_list', {}) },
]

/** What so many requests cost that the Worker answers at once: Miniflare's own part of every call. */
const cpuOfEmpty = async (bulkhead: RunningBulkhead): Promise<number | undefined> => {
  const before = cpuOf(bulkhead.process)
  for (let count = 0; count < CALLS; count += 1) await (await fetch(bulkhead.origin + TAKE_PATH)).text()
  const after = cpuOf(bulkhead.process)
  return before === undefined || after === undefined ? undefined : after - before
}

const costOf = async (bulkhead: RunningBulkhead, { tool, call }: ToolCall) => {
  // Until discovery and the credential are known, and the code is compiled.
  for (let count = 0; count < CALLS; count += 1) await send(bulkhead.side, call)
  await takeBill(bulkhead)
  const empty = await cpuOfEmpty(bulkhead)
  const before = cpuOf(bulkhead.process)
  for (let count = 0; count < CALLS; count += 1) await send(bulkhead.side, call)
  const bill = await takeBill(bulkhead)
  const after = cpuOf(bulkhead.process)
  const cpu =
    before === undefined || after === undefined || empty === undefined ? undefined : Math.max(0, after - before - empty)
  return { line: line(tool, bill, CALLS, cpu), bill }
}

const look = { name: 'look', groups: ['agents'], verbs: ['get', 'list'], resources: ['*'], decision: 'allow' }
const change = { ...look, name: 'change', verbs: ['create', 'update', 'patch', 'delete'], decision: 'approve' }

export const printCost = async (): Promise<void> => {
  const target = await startDemo()
  const bulkhead = await startMetered(target, {
    config: {
      policy: [look, { ...change, approvers: ['operators'] }],
      limits: { ...NO_LIMITS, changesPerHour: 100_000, pendingPlans: 1_000 },
    },
  })
  try {
    const [first, ...others] = [...(await callsOfEachTool(bulkhead.side)), ...planning]
    if (first === undefined) throw new RangeError('There is no tool.')
    const lines = [line('the very first call of an isolate', await takeBill(bulkhead), 1, undefined)]
    let read: Bill | undefined
    for (const one of [first, ...others]) {
      process.stderr.write(`${one.tool} …\n`)
      const cost = await costOf(bulkhead, one)
      lines.push(cost.line)
      if (one.tool === 'pods_list') read = cost.bill
    }
    printTable(
      `What a call of each tool uses beside its one Worker request, the mean of ${CALLS}, once discovery and the credential are known`,
      COLUMNS,
      lines,
    )
    if (read !== undefined) {
      const day = Math.floor(
        Math.min(FREE_REQUESTS, (FREE_REQUESTS * CALLS) / read.durable, (FREE_ROWS_WRITTEN * CALLS) / read.rowsWritten),
      )
      console.log(
        `\nThe free plan's day (${FREE_REQUESTS.toLocaleString('en-US')} requests to Workers and to Durable Objects, ${FREE_ROWS_WRITTEN.toLocaleString('en-US')} rows written) ends after ${day.toLocaleString('en-US')} calls of pods_list.`,
      )
    }
  } finally {
    await bulkhead.stop()
    await target.stop()
  }
}
