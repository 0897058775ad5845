/**
 * `npm run bench -- scale`: cost against size. The cluster is a script in a process of its own that makes its rows while it
 * sends them; Bulkhead is in workerd, whose heap is asked through V8's inspector all the while.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { REQUEST_DEADLINE_MS } from '../../src/kube/exchange.ts'
import {
  EVENTS,
  LARGE,
  LOG_BYTES,
  NODES,
  OBJECT_BYTES,
  PODS,
  podsNamespace,
  type ScaleCounts,
} from '../../test/support/scale-server.ts'
import { freePort } from '../local/free-port.ts'
import { type BenchCluster, type RunningBulkhead, startBulkhead } from './bulkhead.ts'
import { tool } from './compare.ts'
import { residentOf } from './cpu.ts'
import { type Goal, goalRow } from './goals.ts'
import { type Inspector, openInspector } from './inspector.ts'
import { printTable } from './markdown.ts'
import { type Call, send } from './measure.ts'

const SIZES = [500, 5_000, PODS] as const
/** Between two looks at the heap. */
const SAMPLE_MS = 25
const MB = 1_000_000
/** A third of what a Worker may have, for one call among others. */
const MOST_GROWTH_MB = 64
/** Cloudflare's limit. */
const MOST_AT_ONCE = 6
/** What the table of all calls has at most: the pages of one answer. */
const MOST_IN_A_LIST = 500
const START_DEADLINE_MS = 60_000

interface ScaleProcess {
  readonly cluster: BenchCluster
  take(): Promise<ScaleCounts>
  stop(): void
}

const nextMessage = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The scripted cluster does not answer.')), START_DEADLINE_MS)
    child.once('message', (message) => {
      clearTimeout(timer)
      resolve(message as T)
    })
  })

const startScaleProcess = async (): Promise<ScaleProcess> => {
  const child = fork(new URL('scale-process.ts', import.meta.url))
  const { started } = await nextMessage<{ readonly started: BenchCluster }>(child)
  return {
    cluster: started,
    async take() {
      const answer = nextMessage<{ readonly counts: ScaleCounts }>(child)
      child.send('take')
      return (await answer).counts
    },
    stop: () => void child.kill(),
  }
}

interface Walked {
  readonly calls: number
  /** Of tables. */
  readonly rows: number
  readonly bytes: number
  readonly firstMs: number
  readonly ms: number
}

/** A call until it has no cursor any more. */
const walk = async (
  bulkhead: RunningBulkhead,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Walked> => {
  let [calls, rows, bytes, firstMs] = [0, 0, 0, 0]
  const began = performance.now()
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const call: Call = tool(name, { ...args, ...(cursor === '' ? {} : { cursor }) })
    const answer = await send(bulkhead.side, call)
    calls += 1
    rows += Number(/(\d+) shown/.exec(answer.text)?.[1] ?? 0)
    bytes += answer.bytes
    if (calls === 1) firstMs = answer.ms
    cursor = /repeat the call with cursor ([\w.~-]+)/.exec(answer.text)?.[1]
  }
  return { calls, rows, bytes, firstMs, ms: performance.now() - began }
}

/** MB by which the heap, and the whole process, grew at most while `work` ran. */
const watched = async <T>(
  inspector: Inspector,
  process: number | undefined,
  work: () => Promise<T>,
): Promise<readonly [T, { readonly heap: number; readonly resident: number | undefined }]> => {
  const before = { heap: await inspector.heap(), resident: residentOf(process) ?? 0 }
  let [heap, resident, isRunning] = [before.heap, before.resident, true]
  const look = async () => {
    heap = Math.max(heap, await inspector.heap())
    resident = Math.max(resident, residentOf(process) ?? 0)
  }
  const looking = (async () => {
    while (isRunning) {
      await look()
      await delay(SAMPLE_MS)
    }
  })()
  try {
    const result = await work()
    await look()
    const grown = process === undefined ? undefined : resident - before.resident
    return [result, { heap: heap - before.heap, resident: grown }]
  } finally {
    isRunning = false
    await looking
  }
}

interface Line extends Walked, ScaleCounts {
  readonly what: string
  readonly answered: number
  readonly heap: number
  readonly resident: number | undefined
}

interface ScaleCase {
  readonly what: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  /** Of the whole walk: fewer, and it was none. */
  readonly rows?: number
}

const count = (value: number): string => value.toLocaleString('en-US')

const CASES: readonly ScaleCase[] = [
  ...SIZES.map((rows) => ({
    what: `${count(rows)} pods of a namespace`,
    tool: 'pods_list',
    args: { namespace: podsNamespace(rows) },
    rows,
  })),
  { what: `${count(PODS)} pods of all namespaces`, tool: 'pods_list', args: {}, rows: PODS },
  { what: `${count(NODES)} nodes`, tool: 'resources_list', args: { kind: 'Node' }, rows: NODES },
  { what: `the newest of ${count(EVENTS)} events`, tool: 'events_list', args: {} },
  {
    what: `an object of ${OBJECT_BYTES / MB} MB`,
    tool: 'resources_get',
    args: { kind: 'ConfigMap', namespace: LARGE.namespace, name: LARGE.configMap },
  },
  {
    what: `the end of a log of ${LOG_BYTES / MB / 1000} GB`,
    tool: 'pods_log',
    args: { namespace: LARGE.namespace, name: LARGE.pod, container: LARGE.container },
  },
  { what: 'the changes of a namespace', tool: 'changes_list', args: { namespace: 'shop', since: '300d' } },
  { what: 'a diagnosis of a namespace', tool: 'diagnose', args: { namespace: 'shop' } },
]

const mb = (bytes: number): string => (bytes / MB).toFixed(2)

const goalsOf = (lines: readonly Line[]): readonly Goal[] => {
  const most = (of: (line: Line) => number): number => Math.max(...lines.map(of))
  return [
    {
      what: 'first page or answer, the slowest',
      goal: `< ${REQUEST_DEADLINE_MS / 1000} s`,
      measured: most((it) => it.firstMs),
      isMet: (it) => it < REQUEST_DEADLINE_MS,
      write: (it) => `${(it / 1000).toFixed(2)} s`,
    },
    {
      what: 'growth of the heap, the largest',
      goal: `< ${MOST_GROWTH_MB} MB`,
      measured: most((it) => it.heap),
      isMet: (it) => it < MOST_GROWTH_MB,
      write: (it) => `${it.toFixed(0)} MB`,
    },
    {
      what: 'requests at once',
      goal: `≤ ${MOST_AT_ONCE}`,
      measured: most((it) => it.mostAtOnce),
      isMet: (it) => it <= MOST_AT_ONCE,
      write: String,
    },
    {
      what: 'items of a list in one answer of the API server',
      goal: `≤ ${MOST_IN_A_LIST}`,
      measured: most((it) => it.longestList),
      isMet: (it) => it <= MOST_IN_A_LIST,
      write: String,
    },
  ]
}

export const printScale = async (): Promise<void> => {
  const scale = await startScaleProcess()
  const inspectorPort = await freePort()
  const bulkhead = await startBulkhead(scale.cluster, { inspectorPort })
  const inspector = await openInspector(inspectorPort)
  try {
    // Until discovery and the credential are known, and the code is compiled.
    await walk(bulkhead, 'pods_list', { namespace: podsNamespace(SIZES[0]) })
    const lines: Line[] = []
    for (const { what, tool: name, args, rows } of CASES) {
      process.stderr.write(`${what} …\n`)
      await scale.take()
      const [walked, grown] = await watched(inspector, bulkhead.process, () => walk(bulkhead, name, args))
      if (rows !== undefined && walked.rows !== rows)
        throw new Error(`${what}: the walk came to ${walked.rows} rows in place of ${rows}.`)
      lines.push({ what, ...walked, ...grown, answered: walked.bytes, ...(await scale.take()) })
    }
    printTable(
      'Cost against size. MB of the heap: its highest above where it began, garbage included',
      ['', 'first, ms', 'all, s', 'calls', 'requests', 'at once', 'MB in', 'MB out', 'heap MB', 'process MB'],
      lines.map((it) => [
        it.what,
        it.firstMs.toFixed(0),
        (it.ms / 1000).toFixed(2),
        String(it.calls),
        String(it.requests),
        String(it.mostAtOnce),
        mb(it.bytes),
        mb(it.answered),
        it.heap.toFixed(0),
        it.resident?.toFixed(0) ?? '–',
      ]),
    )
    printTable('Goals', ['', 'goal', 'measured', ''], goalsOf(lines).map(goalRow))
  } finally {
    inspector.close()
    await bulkhead.stop()
    scale.stop()
  }
}
