/** At most six requests of one call at once; the others wait, and nobody's place is lost. */
import { describe, expect, test } from 'vitest'
import { MAX_CONNECTIONS, shareLanes } from '../../../src/kube/lanes.ts'
import { json } from '../../support/scripted-transport.ts'
import { clientOf, errorOf, PODS } from './support.ts'

const POD_LIST = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] }

/** A client whose requests are answered when the test says so. */
const held = () => {
  const answers: (() => void)[] = []
  const client = clientOf(
    () =>
      new Promise((resolve) => {
        answers.push(() => resolve(json(POD_LIST)))
      }),
  )
  const list = (signal: AbortSignal) => client.list(PODS, { namespace: 'shop' }, signal)
  /** Until everything that can go on without an answer has. */
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { client, list, settled, answer: (count: number) => answers.splice(0, count).map((it) => it()) }
}

describe('the requests of one call', () => {
  test('are at most six at once: the seventh is sent when one of them has been read to its end', async () => {
    const { client, list, settled, answer } = held()
    const { signal } = new AbortController()
    const all = Array.from({ length: 9 }, () => list(signal))
    await settled()
    expect(client.seen).toHaveLength(MAX_CONNECTIONS)
    answer(2)
    await Promise.all(all.slice(0, 2))
    await settled()
    expect(client.seen).toHaveLength(MAX_CONNECTIONS + 2)
    answer(7)
    await settled()
    answer(1)
    expect(await Promise.all(all)).toHaveLength(9)
  })

  test('of another call have six of their own', async () => {
    const { client, list, settled, answer } = held()
    const [one, other] = [new AbortController().signal, new AbortController().signal]
    const all = [one, other].flatMap((signal) => Array.from({ length: MAX_CONNECTIONS }, () => list(signal)))
    await settled()
    expect(client.seen).toHaveLength(2 * MAX_CONNECTIONS)
    answer(12)
    expect(await Promise.all(all)).toHaveLength(12)
  })

  test('are those of all its parts together, where it has some', async () => {
    const { client, list, settled, answer } = held()
    const whole = new AbortController().signal
    const parts = [new AbortController().signal, new AbortController().signal]
    for (const part of parts) shareLanes(whole, part)
    const all = parts.flatMap((signal) => Array.from({ length: 4 }, () => list(signal)))
    await settled()
    expect(client.seen).toHaveLength(MAX_CONNECTIONS)
    answer(MAX_CONNECTIONS)
    await settled()
    answer(2)
    expect(await Promise.all(all)).toHaveLength(8)
  })

  test('that wait end with the call, unsent, and by the call’s own reason', async () => {
    const { client, list, settled } = held()
    const call = new AbortController()
    const all = Array.from({ length: 8 }, () => list(call.signal))
    await settled()
    const reason = new Error('the client has gone')
    call.abort(reason)
    expect(await Promise.allSettled(all)).toEqual(all.map(() => ({ status: 'rejected', reason })))
    await settled()
    expect(client.seen).toHaveLength(MAX_CONNECTIONS)
  })

  test('give their lane back when they fail, and when a log is cancelled before its end', async () => {
    const client = clientOf(({ path }) => {
      if (!path.includes('/log')) throw new TypeError('fetch failed')
      return new Response(new ReadableStream({ pull: (it) => it.enqueue(new Uint8Array(8)) }), {
        headers: { 'content-type': 'text/plain' },
      })
    })
    const { signal } = new AbortController()
    for (let count = 0; count < 2 * MAX_CONNECTIONS; count += 1) {
      expect((await errorOf(client.list(PODS, { namespace: 'shop' }, signal))).code).toBe('cluster_unreachable')
      const log = await client.log({ namespace: 'shop', name: 'web', container: 'app' }, signal)
      await log.cancel()
    }
  })
})
