/** What of the read client depends on the runtime: exact integers, streams, aborts. The rest is tested in test/unit/kube. */
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/kube/json.ts'
import { json } from '../support/scripted-transport.ts'
import { clientOf, errorOf, never, PODS } from '../unit/kube/support.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
/** 20 MB in 20 kB. */
const bomb = async () => {
  const packed = new Blob([new Uint8Array(20_000_000)]).stream().pipeThrough(new CompressionStream('gzip'))
  const small = await new Response(packed).blob()
  return small.stream().pipeThrough(new DecompressionStream('gzip'))
}

describe('in workerd', () => {
  test('integers past 2^53 are exact', () => {
    expect(parseJson(bytes('{"n":9007199254740993,"m":[1,-9223372036854775808]}'))).toEqual({
      n: '9007199254740993',
      m: [1, '-9223372036854775808'],
    })
  })

  test('a list is read, and a document cut off is not', async () => {
    const list = { kind: 'PodList', metadata: {}, items: [{ metadata: { name: 'web-1' } }] }
    expect((await clientOf(() => json(list)).list(PODS, {}, never)).items).toHaveLength(1)
    const cut = JSON.stringify(list).slice(0, -1)
    const answer = () => new Response(cut, { headers: { 'content-type': 'application/json' } })
    expect((await errorOf(clientOf(answer).list(PODS, {}, never))).code).toBe('cluster_nonsense')
  })

  test('a bomb is answer_too_large, as an answer and as a log', async () => {
    const answer = (type: string) => async () => new Response(await bomb(), { headers: { 'content-type': type } })
    const list = clientOf(answer('application/json')).list(PODS, {}, never)
    expect((await errorOf(list)).code).toBe('answer_too_large')
    const log = await clientOf(answer('text/plain')).log({ namespace: 'shop', name: 'web-1' }, never)
    expect((await errorOf(new Response(log).arrayBuffer())).code).toBe('answer_too_large')
  })

  test('a caller that goes away takes the request along', async () => {
    const controller = new AbortController()
    const client = clientOf(() => new Promise<Response>(() => undefined))
    const outcome = client.list(PODS, {}, controller.signal).catch((error: unknown) => error)
    await Promise.resolve()
    const gone = new Error('gone')
    controller.abort(gone)
    expect(await outcome).toBe(gone)
    expect(client.seen.every(({ signal }) => signal.aborted)).toBe(true)
  })
})
