import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkKey, keyHolders } from '../../../src/http/keys.ts'
import { AGENT_KEY, configOf, EXPIRED_KEY, hashOf, NEXT_AGENT_KEY, OPERATOR_KEY } from './setup.ts'

const holders = keyHolders(configOf().identity)
const NOW = Date.parse('2026-11-01T00:00:00Z')

describe('bearer keys', () => {
  test('L6-1 both hashes of a key that rotates name the same agent', () => {
    const first = checkKey(holders, AGENT_KEY, NOW)
    expect(first).toEqual({
      ok: true,
      caller: {
        kind: 'agent',
        issuer: 'bulkhead',
        client: 'ci-agent',
        subject: 'ci-agent',
        owner: 'maria@example.com',
        groups: ['agents'],
      },
    })
    expect(checkKey(holders, NEXT_AGENT_KEY, NOW)).toEqual(first)
  })

  test('L6-1 an operator’s key names an operator with powers', () => {
    expect(checkKey(holders, OPERATOR_KEY, NOW)).toMatchObject({
      ok: true,
      caller: { kind: 'operator', subject: 'maria@example.com', owner: 'maria@example.com', may: ['audit'] },
    })
  })

  test('L6-1 a key is refused from 00:00 UTC of its date on, and good the millisecond before', () => {
    const midnight = Date.parse('2026-10-31T00:00:00Z')
    expect(checkKey(holders, EXPIRED_KEY, midnight - 1).ok).toBe(true)
    expect(checkKey(holders, EXPIRED_KEY, midnight)).toEqual({ ok: false, reason: 'expired_key' })
  })

  test('L6-1 nothing but the key itself opens: not its hash, a part, or anything near it', async () => {
    await fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat({ max: AGENT_KEY.length - 1 }).map((at) => AGENT_KEY.slice(0, at)),
          fc.nat({ max: AGENT_KEY.length - 1 }).map((at) => `${AGENT_KEY.slice(0, at)}~${AGENT_KEY.slice(at + 1)}`),
          fc.constantFrom(hashOf(AGENT_KEY), AGENT_KEY.toUpperCase(), ` ${AGENT_KEY}`, `${AGENT_KEY}\n`),
        ),
        (presented) => {
          expect(checkKey(holders, presented, NOW)).toEqual({ ok: false, reason: 'unknown_key' })
        },
      ),
    )
  })

  test('L6-1 the key that is found costs no fewer comparisons than one that is not', () => {
    let looked = 0
    const counting = holders.map((it) => ({
      ...it,
      get hashes() {
        looked += 1
        return it.hashes
      },
    }))
    checkKey(counting, AGENT_KEY, NOW)
    const found = looked
    looked = 0
    checkKey(counting, 'unknown', NOW)
    expect([found, looked]).toEqual([holders.length, holders.length])
  })
})
