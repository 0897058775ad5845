/**
 * Bulkhead beside a bare pass-through and, where they can be had, the two most used servers of the npm registry: call by
 * call in one run, against the same API server. Times are those of this machine; ratios and tokens are worth reading.
 */
import { createCatalogue } from '../../src/http/catalogue.ts'
import { tools } from '../../src/tools/index.ts'
import { countTokens } from '../../test/support/tokens.ts'
import { startBulkhead } from './bulkhead.ts'
import { cpuOf } from './cpu.ts'
import { type Goal, goalRow, millisAtMost, ratioAbove, ratioAtMost, times, tokensAtMost } from './goals.ts'
import { printTable } from './markdown.ts'
import { alternate, type Call, type Figures, type Side, send, throughput } from './measure.ts'
import { startPassThrough } from './pass-through.ts'
import { type Peer, startPeer } from './peer.ts'
import { peers } from './peers.ts'
import { PODS, type Target } from './target.ts'

const PARALLEL = { parallel: 16, calls: 160, turns: 3 }
/** A list of hundreds takes the peers a second of CPU. */
const PARALLEL_LARGE = { parallel: 16, calls: 32, turns: 3 }
/** The Go server, which the goals are against; it is the first of the peers. */
const RIVAL = peers[0]?.name

export interface Case {
  readonly name: string
  readonly call: Call
  readonly rounds: number
  readonly large?: boolean
}

export const tool = (name: string, args: Readonly<Record<string, unknown>>): Call => ({
  method: 'tools/call',
  params: { name, arguments: args },
})

/** The first name in a table, which stands behind the line of its columns. */
export const nameIn = (result: unknown): string => {
  const text = JSON.stringify(result)
  const name = /((?:load|catalog|writer)[-a-z0-9]*)\\t/.exec(text)?.[1]
  if (name === undefined) throw new Error(`No pod is in ${text.slice(0, 500)}`)
  return name
}

/** The calls that are compared. `one pod`: as it is read for a model, where `one object` is the whole of it. */
export const casesOf = async (side: Side, target: Target, rounds: number): Promise<readonly Case[]> => {
  const { namespace, labelSelector, container } = target.logs
  const load = nameIn((await send(side, tool('pods_list', { namespace: 'load', limit: 1 }))).result)
  const writer = nameIn((await send(side, tool('pods_list', { namespace, labelSelector, limit: 1 }))).result)
  return [
    { name: 'one object', call: tool('resources_get', { kind: 'Pod', namespace: 'load', name: load }), rounds },
    { name: 'one pod', call: tool('pods_get', { namespace: 'load', name: load }), rounds },
    { name: 'list of 20', call: tool('pods_list', target.few), rounds },
    {
      name: `list of ${PODS}`,
      call: tool('pods_list', { namespace: 'load', limit: PODS }),
      rounds: Math.ceil(rounds / 4),
      large: true,
    },
    {
      name: 'log tail of 100',
      call: tool('pods_log', { namespace, name: writer, container, tail: 100 }),
      rounds,
    },
    { name: 'tools/list', call: { method: 'tools/list', params: {} }, rounds },
  ]
}

/** The catalogue with every tool, as one answer. Callers who may change nothing are shown less. */
export const catalogueTokens = (): number => {
  const { describe } = createCatalogue(tools)
  return countTokens(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: tools.map(describe) } }))
}

interface Measured {
  readonly name: string
  readonly of: ReadonlyMap<string, Figures>
  /** Calls a second at 16 in parallel. */
  readonly rates: ReadonlyMap<string, number>
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300)

/** Those sides that answer the call at all; what the others said is printed. */
const willing = async (sides: readonly Side[], { name, call }: Case): Promise<readonly Side[]> => {
  const able: Side[] = []
  for (const side of sides) {
    const failed = await send(side, call).then(
      () => undefined,
      (error: unknown) => sentence(error),
    )
    if (failed === undefined) able.push(side)
    else console.log(`Not run: ${name} on ${side.name}: ${failed}`)
  }
  return able
}

const measure = async (sides: readonly Side[], one: Case): Promise<Measured> => {
  process.stderr.write(`${one.name} …\n`)
  const able = await willing(sides, one)
  const figures = await alternate(able, one.call, one.rounds)
  const parallel = able.filter((it) => it.oneAtATime !== true)
  const rates = await throughput(parallel, one.call, one.large === true ? PARALLEL_LARGE : PARALLEL)
  return {
    name: one.name,
    of: new Map(able.flatMap(({ name }, index) => (figures[index] === undefined ? [] : [[name, figures[index]]]))),
    rates: new Map(parallel.flatMap(({ name }, index) => (rates[index] === undefined ? [] : [[name, rates[index]]]))),
  }
}

/** CPU of one call, in ms: of many in a row, since the kernel counts in tens. */
const cpuOfOne = async (side: Side, call: Call, process: number | undefined, calls: number) => {
  const before = cpuOf(process)
  for (let count = 0; count < calls; count += 1) await send(side, call)
  const after = cpuOf(process)
  return before === undefined || after === undefined ? undefined : (after - before) / calls
}

const ratio = (ours: number | undefined, theirs: number | undefined): number | undefined =>
  ours === undefined || theirs === undefined ? undefined : ours / theirs
const orDash = (value: number | undefined, write: (value: number) => string): string =>
  value === undefined ? '–' : write(value)

const printMeasured = (measured: readonly Measured[], sides: readonly Side[], tokens: Tokens): void => {
  const [bulkhead, ...others] = sides.map(({ name }) => name)
  if (bulkhead === undefined) return
  printTable(
    'p50 and p90, ms of this machine',
    ['', bulkhead, ...others],
    measured.map(({ name, of }) => [
      name,
      ...[bulkhead, ...others].map((side) =>
        orDash(of.get(side)?.p50, (it) => `${it.toFixed(2)} (${of.get(side)?.p90.toFixed(2)})`),
      ),
    ]),
  )
  printTable(
    'Bulkhead ÷ each, at p50',
    ['', ...others],
    measured.map(({ name, of }) => [
      name,
      ...others.map((side) => orDash(ratio(of.get(bulkhead)?.p50, of.get(side)?.p50), times)),
    ]),
  )
  printTable(
    `Calls a second with ${PARALLEL.parallel} in parallel, and Bulkhead ÷ each`,
    ['', bulkhead, ...others],
    measured.map(({ name, rates }) => [
      name,
      orDash(rates.get(bulkhead), (it) => it.toFixed(0)),
      ...others.map((side) =>
        orDash(rates.get(side), (it) => `${it.toFixed(0)} (${orDash(ratio(rates.get(bulkhead), it), times)})`),
      ),
    ]),
  )
  printTable(
    'Tokens of the answer (o200k), its envelope included',
    ['', bulkhead, ...others],
    measured.map(({ name }) => [
      name,
      ...[bulkhead, ...others].map((side) => orDash(tokens(name, side), (it) => it.toLocaleString('en-US'))),
    ]),
  )
}

type Tokens = (name: string, side: string) => number | undefined

const goalsOf = (measured: readonly Measured[], tokens: Tokens, cpu: number | undefined): readonly Goal[] => {
  const bulkhead = 'Bulkhead'
  const time = (name: string, other = RIVAL) => {
    const of = measured.find((it) => it.name === name)?.of
    return ratio(of?.get(bulkhead)?.p50, of?.get(other ?? '')?.p50)
  }
  const rate = (name: string) => {
    const rates = measured.find((it) => it.name === name)?.rates
    return ratio(rates?.get(bulkhead), rates?.get(RIVAL ?? ''))
  }
  const large = `list of ${PODS}`
  return [
    ratioAtMost(`one object ÷ ${RIVAL}`, 1, time('one object')),
    ratioAtMost('one object ÷ pass-through', 2, time('one object', 'pass-through')),
    ratioAtMost(`list of 20 ÷ ${RIVAL}`, 0.3, time('list of 20')),
    ratioAtMost(`${large} ÷ ${RIVAL}`, 0.04, time(large)),
    ratioAtMost(`log tail of 100 ÷ ${RIVAL}`, 1, time('log tail of 100')),
    ratioAtMost(`tools/list ÷ ${RIVAL}`, 0.6, time('tools/list')),
    ...measured.map(({ name }) => ratioAbove(`${name}, 16 in parallel ÷ ${RIVAL}`, 1, rate(name))),
    millisAtMost('CPU of one object (all of workerd)', 2.5, cpu),
    tokensAtMost('20 pods', 500, tokens('list of 20', bulkhead)),
    tokensAtMost(`${PODS} pods`, 12_000, tokens(large, bulkhead)),
    tokensAtMost('one pod', 800, tokens('one pod', bulkhead)),
    tokensAtMost('100 repetitive log lines', 2_500, tokens('log tail of 100', bulkhead)),
    tokensAtMost(`the catalogue of all ${tools.length} tools`, 6_000, catalogueTokens()),
  ]
}

export const compare = async (target: Target, rounds: number, wanted: readonly Peer[]): Promise<void> => {
  const stops: (() => Promise<void>)[] = []
  try {
    const bulkhead = await startBulkhead(target)
    stops.push(() => bulkhead.stop())
    const { side } = bulkhead
    const catalogue = await send(side, { method: 'tools/list', params: {} })
    const answer = JSON.stringify(catalogue.result)
    const bare = await startPassThrough(bulkhead.cluster, bulkhead.secrets, target.readToken, answer)
    stops.push(() => bare.stop())
    const sides: Side[] = [side, { name: 'pass-through', url: `${bare.origin}/mcp`, key: '' }]
    console.log(`\nAgainst ${target.title}, ${rounds} rounds.`)
    for (const peer of wanted) {
      process.stderr.write(`Starting ${peer.name} ${peer.version} …\n`)
      try {
        const running = await startPeer(peer, target)
        stops.push(() => running.stop())
        sides.push(running.side)
        console.log(`${peer.name} ${peer.version}: ${peer.remark}.`)
      } catch (error) {
        console.log(`Not run: ${peer.name} ${peer.version}: ${sentence(error)}`)
      }
    }

    const measured: Measured[] = []
    const cases = await casesOf(side, target, rounds)
    for (const one of cases) measured.push(await measure(sides, one))
    const [object] = cases
    const cpu = object === undefined ? undefined : await cpuOfOne(side, object.call, bulkhead.process, rounds)
    const counted = new Map(
      measured.map(({ name, of }) => [name, new Map([...of].map(([it, { text }]) => [it, countTokens(text)]))]),
    )
    const tokens: Tokens = (name, of) => counted.get(name)?.get(of)
    printMeasured(measured, sides, tokens)
    printTable('Goals', ['', 'goal', 'measured', ''], goalsOf(measured, tokens, cpu).map(goalRow))
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}
