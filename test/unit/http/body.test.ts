import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_BODY_BYTES, readAtMost, readBody, readJson } from '../../../src/http/body.ts'

const never = new AbortController().signal

const streamOf = (chunks: readonly Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

const post = (body: BodyInit | ReadableStream | null, headers: Record<string, string> = {}) =>
  new Request('https://bulkhead.example.com/mcp', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    duplex: 'half',
  } as RequestInit)

describe('bodies', () => {
  test('are read whole up to the limit and not at all beyond it, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 }),
        fc.nat(150),
        async (chunks, max) => {
          const size = chunks.reduce((sum, it) => sum + it.length, 0)
          const read = await readAtMost(streamOf(chunks), max, never)
          if (size > max) expect(read).toBeUndefined()
          else expect(Buffer.from(read ?? [])).toEqual(Buffer.concat(chunks))
        },
      ),
    )
  })

  test('are counted as they stream: a small Content-Length does not open the door', async () => {
    let sent = 0
    let cancelled = false
    const chunk = new Uint8Array(256 * 1024)
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length
        controller.enqueue(chunk)
      },
      cancel() {
        cancelled = true
      },
    })
    await expect(readBody(post(endless, { 'content-length': '10' }))).rejects.toMatchObject({ code: 'body_too_large' })
    expect(cancelled).toBe(true)
    expect(sent).toBeLessThanOrEqual(MAX_BODY_BYTES + 4 * chunk.length)
  })

  test('that announce too much are refused unread', async () => {
    let pulled = false
    const body = new ReadableStream<Uint8Array>(
      {
        pull() {
          pulled = true
        },
      },
      { highWaterMark: 0 },
    )
    const announced = post(body, { 'content-length': String(MAX_BODY_BYTES + 1) })
    await expect(readBody(announced)).rejects.toMatchObject({ code: 'body_too_large', status: 413 })
    expect(pulled).toBe(false)
  })

  test('of exactly the limit are taken', async () => {
    expect((await readBody(post(new Uint8Array(MAX_BODY_BYTES)))).length).toBe(MAX_BODY_BYTES)
    await expect(readBody(post(new Uint8Array(MAX_BODY_BYTES + 1)))).rejects.toMatchObject({ code: 'body_too_large' })
  })

  test('that trickle are given up at the deadline, that break off at once', async () => {
    let cancelled = false
    const trickle = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{'))
      },
      cancel() {
        cancelled = true
      },
    })
    await expect(readBody(post(trickle), 5)).rejects.toMatchObject({
      code: 'malformed_request',
      message: expect.stringContaining('not complete after'),
    })
    expect(cancelled).toBe(true)
    const broken = new ReadableStream<Uint8Array>({
      pull() {
        throw new Error('reset by peer')
      },
    })
    await expect(readBody(post(broken))).rejects.toMatchObject({
      code: 'malformed_request',
      message: expect.stringContaining('broke off'),
    })
  })

  test.each([
    ['no JSON', '{"a":', 'malformed_request'],
    ['nothing', null, 'malformed_request'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'malformed_request'],
    ['nesting without end', '['.repeat(1_000_000), 'malformed_request'],
  ] as const)('of %s are malformed, and not quoted', async (_, body, code) => {
    await expect(readJson(post(body))).rejects.toMatchObject({
      code,
      message: 'The request body is not JSON in UTF-8.',
    })
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'of type %j are unsupported',
    async (type) => {
      await expect(readJson(post('{}', { 'content-type': type }))).rejects.toMatchObject({
        code: 'unsupported_media_type',
        status: 415,
      })
    },
  )

  test('of JSON are parsed', async () => {
    const type = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect(await readJson(post('{"a":[1,"ü"]}', type))).toEqual({ a: [1, 'ü'] })
  })
})
