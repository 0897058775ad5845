/** The routes by which a ledger is checked from outside: what they give, to whom, and that they leave no record. */
import { describe, expect, test } from 'vitest'
import {
  createSigner,
  fromBase64,
  originOf,
  parseVkey,
  recordLeaf,
  type Signer,
  verifyNote,
} from '../../../src/guard/checkpoint.ts'
import { EMPTY_ROOT, verifyConsistency, verifyInclusion } from '../../../src/guard/merkle.ts'
import { lookThrough } from '../../../src/guard/tree.ts'
import { createCheckpoints } from '../../../src/http/checkpoints.ts'
import { requirePower } from '../../../src/http/power.ts'
import { call } from '../../contracts/ledger-parts.ts'
import { AGENT_KEY, type Bench, bench, LOOKER_KEY, OPERATOR_KEY, PUBLIC_URL } from './setup.ts'

const never = new AbortController().signal
const signerOf = (): Promise<Signer> => createSigner(new Uint8Array(32).fill(7))

const mounted = () =>
  bench((app, { config, ports }) => {
    app.use('/audit/*', requirePower({ ports, power: 'audit' }))
    app.route('/audit', createCheckpoints({ config, ports, open: async () => ({ signer: await signerOf() }) }))
  })

const write = async ({ ports }: Bench, count: number, from = 0) => {
  for (let at = from; at < from + count; at += 1)
    await ports.ledgers.ledger('prod').append({ now: ports.clock.now(), entry: call(`c${at}`) })
}

const sign = async ({ ports }: Bench) => {
  const ledger = ports.ledgers.ledger('prod')
  const parts = {
    ledger,
    checkpoints: ports.checkpoints('prod'),
    name: 'prod',
    origin: originOf(PUBLIC_URL, 'prod'),
    signer: await signerOf(),
    clock: ports.clock,
  }
  await lookThrough(parts, await ledger.status(), never)
}

const bytes = (text: string): Uint8Array => fromBase64(text) ?? new Uint8Array()

describe('checkpoints over HTTP', () => {
  test('L5-2 the newest and an older one, each signed by the key that is told', async () => {
    const it = await mounted()
    await write(it, 5)
    await sign(it)
    const first = await it.get('/audit/checkpoint?ledger=prod', OPERATOR_KEY)
    const [key, other] = (await (await it.get('/audit/key', OPERATOR_KEY)).text()).trim().split('\n').toReversed()
    expect(await (await it.get('/audit/key?ledger=prod', OPERATOR_KEY)).text()).toBe(`${key}\n`)
    expect(other).toMatch(/^bulkhead\.example\.com\/gateway\+/)
    const note = await first.text()
    const verifier = parseVkey(key ?? '')
    expect(verifier !== undefined && (await verifyNote(note, verifier))).toBe(true)
    expect(first.headers.get('last-modified')).toBe('Sun, 01 Nov 2026 00:00:00 GMT')
    await write(it, 4, 5)
    await sign(it)
    expect(await (await it.get('/audit/checkpoint?ledger=prod', OPERATOR_KEY)).text()).toMatch(/\n9\n/)
    expect(await (await it.get('/audit/checkpoint?ledger=prod&size=5', OPERATOR_KEY)).text()).toBe(note)
    // Between two of them: the one that holds so many.
    expect(await (await it.get('/audit/checkpoint?ledger=prod&size=6', OPERATOR_KEY)).text()).toMatch(/\n9\n/)
    expect(await it.gateway()).toEqual([])
  })

  test('L5-2 proofs that hold: of each record, and of every tree that began the present one', async () => {
    const it = await mounted()
    await write(it, 7)
    await sign(it)
    const { records } = await it.ports.ledgers.ledger('prod').read(0, 10)
    for (const { seq, hash } of records) {
      const answer = await (await it.get(`/audit/proof?ledger=prod&leaf=${seq - 1}`, OPERATOR_KEY)).json()
      const { leafIndex, size, root, proof, leafHash } = answer
      expect([leafIndex, size, bytes(leafHash)]).toEqual([seq - 1, 7, recordLeaf(hash)])
      expect(verifyInclusion(recordLeaf(hash), leafIndex, size, proof.map(bytes), bytes(root))).toBe(true)
    }
    for (let from = 0; from <= 7; from += 1) {
      const answer = await (await it.get(`/audit/proof?ledger=prod&from=${from}`, OPERATOR_KEY)).json()
      const { to, fromRoot, toRoot, proof } = answer
      expect(verifyConsistency(from, to, bytes(fromRoot), bytes(toRoot), proof.map(bytes))).toBe(true)
      if (from === 0) expect(bytes(fromRoot)).toEqual(EMPTY_ROOT)
    }
    const tree = await it.get('/audit/tree?ledger=prod&size=6', OPERATOR_KEY)
    expect(await tree.text()).toMatch(/^prod=6:[A-Za-z0-9+/]{43}=,[A-Za-z0-9+/]{43}=\n$/)
    expect(await (await it.get('/audit/tree?ledger=prod&size=0', OPERATOR_KEY)).text()).toBe('prod=0:\n')
  })

  test.each([
    ['checkpoint', 404, 'unknown_cluster'],
    ['checkpoint?ledger=other', 404, 'unknown_cluster'],
    ['checkpoint?ledger=gateway', 404, 'not_found'],
    ['checkpoint?ledger=prod&size=8', 400, 'malformed_request'],
    ['checkpoint?ledger=prod&size=05', 400, 'malformed_request'],
    ['checkpoint?ledger=prod&ledger=prod', 400, 'malformed_request'],
    ['checkpoint?ledger=prod&sise=5', 400, 'malformed_request'],
    ['key?ledger=__proto__', 404, 'unknown_cluster'],
    ['proof?ledger=prod', 400, 'malformed_request'],
    ['proof?ledger=prod&leaf=1&from=1', 400, 'malformed_request'],
    ['proof?ledger=prod&leaf=7', 400, 'malformed_request'],
    ['proof?ledger=prod&leaf=-1', 400, 'malformed_request'],
    ['proof?ledger=prod&leaf=0&size=0', 400, 'malformed_request'],
    ['proof?ledger=prod&size=3', 400, 'malformed_request'],
    ['proof?ledger=prod&from=6&to=5', 400, 'malformed_request'],
    ['proof?ledger=gateway&leaf=0', 400, 'malformed_request'],
    ['tree?ledger=prod', 400, 'malformed_request'],
    ['tree?ledger=prod&size=8', 400, 'malformed_request'],
  ])('%s is refused', async (query, status, code) => {
    const it = await mounted()
    await write(it, 7)
    await sign(it)
    const response = await it.get(`/audit/${query}`, OPERATOR_KEY)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
  })

  test('L6-1 are for operators with the power to audit', async () => {
    const it = await mounted()
    for (const path of ['key', 'checkpoint?ledger=prod', 'proof?ledger=prod&from=0', 'tree?ledger=prod&size=0']) {
      expect((await it.get(`/audit/${path}`)).status, path).toBe(401)
      expect((await it.get(`/audit/${path}`, AGENT_KEY)).status, path).toBe(403)
      expect((await it.get(`/audit/${path}`, LOOKER_KEY)).status, path).toBe(403)
      expect((await it.get(`/audit/${path}`, OPERATOR_KEY)).status, path).not.toBe(403)
    }
  })

  test('a ledger that is down is a refusal, not half an answer', async () => {
    const it = await mounted()
    await write(it, 3)
    await sign(it)
    it.ports.ledgers.breakWhen((operation) => operation === 'tiles')
    const response = await it.get('/audit/proof?ledger=prod&leaf=1', OPERATOR_KEY)
    expect([response.status, (await response.json()).code]).toEqual([503, 'ledger_unavailable'])
  })
})
