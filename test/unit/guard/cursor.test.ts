/** A cursor is good for its own caller, cluster and query, and for nothing else. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../../src/access.ts'
import { type CursorScope, type CursorSealer, createCursorSealer } from '../../../src/guard/cursor.ts'
import { looksSecret } from '../../../src/guard/output/secrets.ts'

const caller = (client: string): Caller => ({ kind: 'agent', issuer: 'bulkhead', client, subject: client, groups: [] })
const scope: CursorScope = {
  caller: caller('a'),
  cluster: 'prod',
  list: ['table', '', 'v1', 'pods', 'shop', undefined, 'app=web'],
}
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const invalid = expect.objectContaining({ code: 'cursor_invalid' })

let sealer: CursorSealer
beforeAll(async () => {
  sealer = await createCursorSealer(new Uint8Array(32).fill(7), random)
})

describe('a sealed cursor', () => {
  test('opens to the token that was sealed, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 2000 }), async (token) => {
        const wellFormed = token.toWellFormed()
        expect(await sealer.open(await sealer.seal(wellFormed, scope), scope)).toBe(wellFormed)
      }),
    )
  })

  test('shows nothing of the token, and never looks the same twice', async () => {
    const [one, two] = [await sealer.seal('namespace/pod-17', scope), await sealer.seal('namespace/pod-17', scope)]
    expect(one).not.toBe(two)
    expect(atob(one.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('pod-17')
  })

  test('is drawn again when it looks like a token, which would be masked on its way out', async () => {
    const token = 'a'.repeat(3000)
    const nonce = (count: number) => new Uint8Array(new Uint32Array([count, 0, 0]).buffer)
    const sealed = async (random: (bytes: number) => Uint8Array) =>
      (await createCursorSealer(new Uint8Array(32).fill(7), random)).seal(token, scope)
    // The sealer asks once where the first cursor is good, so the one that made it ask again looked like a token.
    let asked = 0
    let count = 0
    let unlucky = -1
    const sealer = await createCursorSealer(new Uint8Array(32).fill(7), () => {
      asked += 1
      count += 1
      return nonce(count)
    })
    for (let tries = 0; unlucky < 0 && tries < 20_000; tries += 1) {
      asked = 0
      const before = count + 1
      const cursor = await sealer.seal(token, scope)
      expect(looksSecret(cursor)).toBe(false)
      if (asked > 1) unlucky = before
    }
    expect(unlucky).toBeGreaterThan(0)
    expect(looksSecret(await sealed(() => nonce(unlucky)))).toBe(true)
  })

  test.each<[string, CursorScope]>([
    ['another caller', { ...scope, caller: caller('b') }],
    ['another cluster', { ...scope, cluster: 'test' }],
    ['another namespace', { ...scope, list: ['table', '', 'v1', 'pods', 'payments', undefined, 'app=web'] }],
    ['an argument that moved', { ...scope, list: ['table', '', 'v1', 'pods', 'shop', 'app=web', undefined] }],
    ['another form', { ...scope, list: ['metadata', '', 'v1', 'pods', 'shop', undefined, 'app=web'] }],
  ])('is refused for %s', async (_, other) => {
    await expect(sealer.open(await sealer.seal('token', scope), other)).rejects.toEqual(invalid)
  })

  test('is refused under another key, and for every change of a character', async () => {
    const cursor = await sealer.seal('token', scope)
    const other = await createCursorSealer(new Uint8Array(32).fill(8), random)
    await expect(other.open(cursor, scope)).rejects.toEqual(invalid)
    for (let at = 0; at < cursor.length - 1; at++) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
      await expect(sealer.open(changed, scope)).rejects.toEqual(invalid)
    }
  })

  test('that was never one of ours is refused, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
        await expect(sealer.open(text, scope)).rejects.toEqual(invalid)
      }),
    )
  })
})
