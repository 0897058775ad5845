/**
 * Approved, and the process killed without notice at a random moment, two hundred times on the same storage: each write
 * reaches the API server at most once, no record that anybody has seen is lost, and no plan is left hanging
 * (THREATS.md L5-3, L6-2). The seed is printed; BULKHEAD_SEED=N runs the same moments again, as far as a busy machine has
 * the same moments.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LedgerRecord } from '../../src/ports.ts'
import { connectClient, type WireClient } from '../support/clients.ts'
import { runScript } from '../support/spawned.ts'
import { signInAt, type WireOperator } from './operator.ts'
import { type Killable, pause, startKillable } from './product.ts'
import { randomFrom } from './random.ts'

const KILLS = Number(process.env.BULKHEAD_KILLS ?? 200)
const SEED = Number(process.env.BULKHEAD_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** Who waits for minutes wants to see that something happens. */
const SAY_EVERY = 25
/** In flight when it is killed. */
const PLANS_A_KILL = 2
/** From the click to the last OUTCOME on this machine, roughly: moments are drawn from it. */
const SPAN_MS = 160
/** Between a write's arrival and the answer to the one after it. */
const SHORT_MS = 30
/** A lost write may be on its way for half a minute; then it is known, and some more for a slow machine. */
const SETTLED_DEADLINE_MS = 150_000
const ENDED = ['applied', 'partly_applied', 'refused', 'unknown']

interface Wanted {
  readonly id: string
  readonly kind: 'create' | 'patch' | 'delete'
  readonly names: readonly string[]
  /** The console said that it was approved. */
  acknowledged: boolean
}

const random = randomFrom(SEED)
let product: Killable
let client: WireClient
let operator: WireOperator
beforeAll(async () => {
  process.stderr.write(`${KILLS} kills, BULKHEAD_SEED=${SEED}\n`)
  product = await startKillable(random)
  client = await connectClient('v2', `${product.origin}/mcp`, product.gateway.agentKey)
  operator = await signInAt(product.origin, product.gateway.operatorKey)
})
afterAll(async () => {
  await client?.close()
  await product?.stop()
})

const manifest = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\ndata: { value: after }\n`

const CALLS: Readonly<
  Record<Wanted['kind'], (names: readonly string[]) => readonly [string, Readonly<Record<string, unknown>>]>
> = {
  create: (names) => ['resources_apply', { manifest: names.map(manifest).join('---\n') }],
  patch: ([name]) => [
    'resources_patch',
    { kind: 'ConfigMap', name, namespace: 'shop', patch: { data: { value: 'after' } } },
  ],
  delete: ([name]) => ['resources_delete', { kind: 'ConfigMap', name, namespace: 'shop' }],
}

const plan = async (number: number): Promise<Wanted> => {
  const kind = (['create', 'patch', 'delete'] as const)[number % 3] ?? 'create'
  const names = kind === 'create' ? [`kill-${number}-a`, `kill-${number}-b`] : [`kill-${number}`]
  if (kind !== 'create') await product.make(names[0] ?? '')
  const { structured, text } = await client.call(...CALLS[kind](names))
  expect(structured?.state, text).toBe('pending')
  return { id: String(structured?.planId), kind, names, acknowledged: false }
}

const seen: string[] = []
/** Everything that the product has shown of its ledger, as it was shown. */
const watch = async (): Promise<void> => {
  // The last one seen is asked for again: it must still be what it was.
  const from = Math.max(0, seen.length - 1)
  const lines = await product.records(from)
  lines.forEach((line, index) => {
    const before = seen[from + index]
    if (before !== undefined) expect(line).toBe(before)
    seen[from + index] = line
  })
}

const killOnce = async (wanted: readonly Wanted[]): Promise<void> => {
  const pid = product.pid()
  // Half of the moments are drawn from the whole way, half from what follows a write's arrival.
  const aimed = random.next() < 0.5
  const wait = random.below(aimed ? SHORT_MS : SPAN_MS)
  const written = product.nextWrite()
  let alive = true
  const clicks = wanted.map(async (it) => {
    if ((await operator.approve(it.id, it.names[0] ?? '')) === 303) it.acknowledged = true
  })
  const watching = (async () => {
    while (alive) await watch().catch(() => undefined)
  })()
  if (aimed) await Promise.race([written, pause(SPAN_MS * 4)])
  await pause(wait)
  process.kill(pid, 'SIGKILL')
  alive = false
  await Promise.all([...clicks, watching])
  await product.back(pid)
}

const stateOf = async (id: string): Promise<string> =>
  String((await client.call('plans_get', { id })).structured?.state)

/** Until no plan that was decided is under way; a plan whose approval nobody heard of may still wait. */
const settle = async (all: readonly Wanted[]): Promise<ReadonlyMap<string, string>> => {
  const states = new Map<string, string>()
  for (const end = Date.now() + SETTLED_DEADLINE_MS; Date.now() < end; await pause(1_000)) {
    await operator.look()
    for (const it of all) {
      const known = states.get(it.id)
      if (known === undefined || !ENDED.includes(known)) states.set(it.id, await stateOf(it.id))
    }
    const open = all.filter((it) => {
      const state = states.get(it.id) ?? ''
      return !ENDED.includes(state) && (state !== 'pending' || it.acknowledged)
    })
    if (open.length === 0) return states
  }
  return states
}

test(`L6-2, L5-3 killed ${KILLS} times between a click and its end`, async () => {
  const all: Wanted[] = []
  for (let kill = 0; kill < KILLS; kill += 1) {
    const wanted: Wanted[] = []
    for (let one = 0; one < PLANS_A_KILL; one += 1) wanted.push(await plan(all.length + one))
    all.push(...wanted)
    await killOnce(wanted)
    await watch()
    if ((kill + 1) % SAY_EVERY === 0) process.stderr.write(`${kill + 1} kills, ${all.length} plans\n`)
  }
  const states = await settle(all)
  const byState = Object.groupBy(all, (it) => states.get(it.id) ?? '')
  const tally = Object.entries(byState).map(([state, its]) => `${its?.length} ${state}`)
  process.stderr.write(`${all.length} plans: ${tally.join(', ')}\n`)

  // At most one write of each reached the API server.
  expect([...product.writes].filter(([, times]) => times > 1)).toEqual([])
  // Nothing hangs, and nothing that could be found out was given up.
  expect(Object.keys(byState).filter((it) => ![...ENDED, 'pending'].includes(it))).toEqual([])
  expect(byState.unknown ?? []).toEqual([])
  expect((byState.pending ?? []).filter((it) => it.acknowledged)).toEqual([])

  // What was shown once is there for good, and the chain is whole.
  const lines = await product.records(0)
  expect(lines.slice(0, seen.length)).toEqual(seen)
  const file = join(tmpdir(), `bulkhead-kill-${process.pid}.ndjson`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  const verified = runScript('verify-audit.ts', [file])
  const code = await verified.exit
  rmSync(file)
  expect(code, verified.stdout() + verified.stderr()).toBe(0)

  const records = lines.map((line) => JSON.parse(line) as LedgerRecord)
  const intents = records.filter((it) => it.kind === 'intent')
  const effects = records.filter((it) => it.kind === 'effect')
  // Each INTENT has its OUTCOME, and each write its INTENT.
  expect(effects.length).toBe(intents.length)
  const reached = [...product.writes.values()].reduce((sum, it) => sum + it, 0)
  expect(reached).toBeLessThanOrEqual(intents.length)
  for (const it of all) {
    const decided = records.some((record) => record.kind === 'decision' && record.plan === it.id)
    if (it.acknowledged) expect(decided, `${it.id}: a decision that was acknowledged`).toBe(true)
    // What the ledger calls done is so in the cluster, and what it does not call done is not.
    for (const [step, name] of it.names.entries()) {
      const isDone = effects.some(
        (effect) => effect.plan === it.id && effect.step === step && effect.outcome === 'done',
      )
      const data = await product.data(name)
      const is = { create: data !== undefined, patch: data?.value === 'after', delete: data === undefined }[it.kind]
      expect(is, `${it.kind} ${name}, ${states.get(it.id)}`).toBe(isDone)
    }
  }
  const reconciled = effects.filter((it) => it.reconciled)
  const lost = reconciled.filter((it) => it.outcome !== 'done').length
  process.stderr.write(`${reached} writes; ${reconciled.length} INTENTs reconciled, ${lost} without effect\n`)
  // The moments were there: writes with and without effect behind an INTENT that stood when the process died.
  expect(reconciled.length).toBeGreaterThan(KILLS / 10)
  expect(lost).toBeGreaterThan(0)
  expect(reconciled.length - lost).toBeGreaterThan(0)
})
