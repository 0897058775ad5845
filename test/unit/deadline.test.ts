import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTurn, within } from '../../src/deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('waiting', () => {
  test('ends at the deadline, and leaves no timer behind when the work ends before', async () => {
    const stuck = within(1000, new Promise<never>(() => undefined), () => new Error('late'))
    const caught = expect(stuck).rejects.toThrow('late')
    await vi.advanceTimersByTimeAsync(1000)
    await caught
    expect(await within(1000, Promise.resolve(7), () => new Error('late'))).toBe(7)
    await expect(within(1000, Promise.reject(new Error('own')), () => new Error('late'))).rejects.toThrow('own')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('one works, the others wait and do nothing', async () => {
    const turn = createTurn({ now: () => Date.now() }, 5000)
    let finish: () => void = () => undefined
    let ran = 0
    const first = turn(() => {
      ran += 1
      return new Promise((resolve) => {
        finish = resolve
      })
    })
    let waited = 0
    const others = Promise.all(
      Array.from({ length: 20 }, () =>
        turn(async () => {
          ran += 1
        }).then(() => {
          waited += 1
        }),
      ),
    )
    await vi.advanceTimersByTimeAsync(1000)
    expect([ran, waited]).toEqual([1, 0])
    finish()
    await vi.advanceTimersByTimeAsync(100)
    await Promise.all([first, others])
    expect([ran, waited]).toEqual([1, 20])
  })

  test('a holder that never returns is forgotten after its lease, and its late end does not free another’s turn', async () => {
    const turn = createTurn({ now: () => Date.now() }, 5000)
    let end: () => void = () => undefined
    const lost = turn(
      () =>
        new Promise((resolve) => {
          end = resolve
        }),
    )
    const waiting = turn(() => Promise.reject(new Error('must not run')))
    await vi.advanceTimersByTimeAsync(5000)
    await waiting
    let ran = 0
    const second = turn(
      () =>
        new Promise((resolve) => {
          ran += 1
          setTimeout(resolve, 1000)
        }),
    )
    end()
    await lost
    const third = turn(async () => {
      ran += 1
    })
    await vi.advanceTimersByTimeAsync(1100)
    await Promise.all([second, third])
    expect(ran).toBe(1)
  })

  test('waiting is bounded even by a clock that stands still', async () => {
    const turn = createTurn({ now: () => 0 }, 5000)
    void turn(() => new Promise(() => undefined))
    const waiting = turn(async () => undefined)
    await vi.advanceTimersByTimeAsync(5100)
    await expect(waiting).resolves.toBeUndefined()
  })

  test('work that fails frees the turn', async () => {
    const turn = createTurn({ now: () => 0 }, 5000)
    await expect(turn(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    let ran = false
    await turn(async () => {
      ran = true
    })
    expect(ran).toBe(true)
  })
})
