/** Pages into answers: every row once, in order, whatever the pages, the limits and the room. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../../../src/kube/text.ts'
import { type Collected, collectPages, pageNote, roomOf } from '../../../src/tools/render/pages.ts'

interface Page {
  readonly items: readonly string[]
  readonly cursor?: string
  readonly remaining?: number
}

/** An API server with pages of at most `size`. */
const serve =
  (all: readonly string[], size: number, asked: number[] = []) =>
  async ({ limit, cursor }: { limit: number; cursor?: string }): Promise<Page> => {
    asked.push(limit)
    const from = Number(cursor ?? 0)
    const to = from + Math.min(limit, size)
    const items = all.slice(from, to)
    return to < all.length ? { items, cursor: String(to), remaining: all.length - to } : { items }
  }

const collect = (all: readonly string[], size: number, limit: number, room: number, cursor?: string) =>
  collectPages<Page>({
    limit,
    cursor,
    room,
    fetch: serve(all, size),
    rowsOf: (page) => page.items.length,
    render: (pages) => ({ text: pages.flatMap((page) => page.items).join('\n'), shortened: 0 }),
  })

const rowsOf = (collected: Collected): readonly string[] => (collected.text === '' ? [] : collected.text.split('\n'))

describe('collectPages', () => {
  test('asks for further pages until the limit is reached', async () => {
    const all = Array.from({ length: 12 }, (_, index) => `row-${index}`)
    const collected = await collect(all, 5, 11, 10_000)
    expect(rowsOf(collected)).toEqual(all.slice(0, 11))
    expect(collected).toMatchObject({ rows: 11, cursor: '11', remaining: 1 })
  })

  test('leaves out a page that does not fit, and continues behind the last that does', async () => {
    const all = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(400), 'd']
    const collected = await collect(all, 2, 10, 100)
    expect(collected).toMatchObject({ rows: 2, cursor: '2' })
  })

  test('asks for less when the first page alone is too long', async () => {
    const all = Array.from({ length: 50 }, () => 'x'.repeat(99))
    const collected = await collect(all, 500, 500, 1_000)
    expect(collected.rows).toBeGreaterThan(5)
    expect(bytesOf(collected.text)).toBeLessThanOrEqual(1_000)
    expect(collected.cursor).toBe(String(collected.rows))
  })

  test('a single row that is too long is handed on: the way out cuts and marks it', async () => {
    const collected = await collect(['x'.repeat(5_000), 'y'], 500, 500, 1_000)
    expect(collected).toMatchObject({ rows: 1, cursor: '1' })
  })

  test('stops after a bounded number of pages, with a cursor', async () => {
    const all = Array.from({ length: 500 }, (_, index) => String(index))
    const collected = await collect(all, 10, 500, 100_000)
    expect(collected).toMatchObject({ rows: 50, cursor: '50' })
  })

  test('walking by cursors gives every row exactly once, in order, and never more than fits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 130, max: 900 }),
        async (lengths, size, limit, room) => {
          const all = lengths.map((length, index) => `${index}:`.padEnd(length, 'x'))
          const seen: string[] = []
          let cursor: string | undefined
          do {
            const collected: Collected = await collect(all, size, limit, room, cursor)
            expect(collected.rows).toBe(rowsOf(collected).length)
            expect(collected.rows).toBeLessThanOrEqual(limit)
            if (collected.rows > 1) expect(bytesOf(collected.text)).toBeLessThanOrEqual(room)
            seen.push(...rowsOf(collected))
            cursor = collected.cursor
          } while (cursor !== undefined && seen.length <= all.length)
          expect(seen).toEqual(all)
        },
      ),
    )
  })
})

describe('pageNote', () => {
  const note = (collected: Partial<Collected>, isFirst = true) =>
    pageNote({ text: '', shortened: 0, rows: 0, ...collected }, isFirst)

  test('says whether this was all, and how to get the rest', () => {
    expect(note({ rows: 3 })).toBe('3 shown, complete.')
    expect(note({ rows: 3 }, false)).toBe('3 shown, the last page.')
    expect(note({})).toBe('Nothing found.')
    expect(note({}, false)).toBe('Nothing more.')
    expect(note({ rows: 3, cursor: 'abc', remaining: 40 })).toBe(
      '3 shown, about 40 more: repeat the call with cursor abc',
    )
    expect(note({ rows: 3, cursor: 'abc' })).toBe('3 shown, more: repeat the call with cursor abc')
  })
})

test('room is left for the envelope, marks and notes', () => {
  expect(roomOf({ limits: { maxBytes: 48_000, logBytes: 0 } })).toBe(40_800)
})
