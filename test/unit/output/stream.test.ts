import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLogRedactor, type LogText, redactLog } from '../../../src/guard/output/stream.ts'
import { BODY, encode, jwt, keyBody, pem, rules } from './support.ts'

const BIG = 100_000

const redact = (chunks: readonly Uint8Array[], logBytes = BIG): LogText => {
  const redactor = createLogRedactor(rules, logBytes)
  for (const chunk of chunks) redactor.push(chunk)
  return redactor.end()
}

/** The bytes, cut at these places (taken modulo the length). */
const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

const line = fc.oneof(
  fc.constantFrom(
    ...[
      'starting',
      'password=hunter2',
      `token: ghp_${BODY}`,
      `Authorization: Bearer ${jwt()}`,
      pem(),
      pem().replaceAll('\n', '\\n'),
    ],
    ...[
      'GET / 200 8.8.8.8',
      'mail maria@example.com',
      'Grüße 😀 日本',
      '\x1b[31mred\x1b[0m',
      btoa(pem()),
      '',
      ' ',
      'a\r\nb\rc',
    ],
    ...[
      pem().split('\n').slice(0, 3).join('\n'),
      pem().split('\n').slice(4).join('\n'),
      '{"password":"hun\\"ter2"}',
      '\u200b\ufeff',
    ],
  ),
  fc.string({ maxLength: 40, unit: 'binary' }),
)
const log = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'))

describe('logs', () => {
  test('L2-3 redact(split anywhere) = redact(whole), also where a character or a secret is split', () =>
    fc.assert(
      fc.property(log, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const bytes = encode(text)
        expect(redact(cutAt(bytes, places))).toEqual(redact([bytes]))
      }),
      { numRuns: 1500 },
    ))

  test('L2-3 also where the log is longer than what is kept, and where bytes are no UTF-8', () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(log.map(encode), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.integer({ min: 40, max: 900 }),
        (parts, places, logBytes) => {
          const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
          expect(redact(cutAt(bytes, places), logBytes)).toEqual(redact([bytes], logBytes))
        },
      ),
      { numRuns: 1500 },
    ))

  test('L2-3 byte by byte', () => {
    const bytes = encode(`a\n${pem()}\npassword=hunter2\n😀 ${jwt()}\n`)
    expect(redact(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(redact([bytes]))
  })

  test('a log that fits is whole', () => {
    expect(redact([encode('one\ntwo\n')])).toEqual({ text: 'one\ntwo\n', redactions: 0, hidden: 0, cut: false })
  })

  test('of a longer log the newest whole lines are kept, and it says so', () => {
    const text = Array.from({ length: 1000 }, (_, at) => `line ${at}`).join('\n')
    const { text: kept, cut } = redact([encode(text)], 2000)
    expect(cut).toBe(true)
    expect(kept.endsWith('line 999')).toBe(true)
    expect(text.endsWith(`\n${kept}`)).toBe(true)
    expect(kept.length).toBeGreaterThan(1980)
  })

  test('one line longer than what is kept: its end', () => {
    expect(redact([encode('a'.repeat(5000))], 2000)).toMatchObject({ text: 'a'.repeat(2000), cut: true })
  })

  test.each([1, 3, 6, 9])('L2-2 a private key of which the first %i lines were dropped leaves nothing', (dropped) => {
    const key = `${pem(12)}\nafter\n`
    const keep = key.split('\n').slice(dropped).join('\n').length + 2
    const { text, cut } = redact([encode(`${'before\n'.repeat(400)}${key}`)], keep)
    expect(cut).toBe(true)
    expect(text).toMatch(/after\n$/)
    for (const body of keyBody(12)) expect(text).not.toContain(body.slice(0, 20))
  })

  test('L2-2 a private key that never ends leaves nothing, though nothing of its beginning was kept', () => {
    const { text } = redact([encode(`-----BEGIN ${'PRIVATE'} KEY-----\n${keyBody(60).join('\n')}\n`)], 2000)
    expect(text).toMatch(/^\[masked:[0-9a-f]{8}\]\n$/)
  })

  test('L2-6 public addresses are somebody’s in a log', () => {
    const { text } = redact([encode('10.0.0.7 192.168.1.1 8.8.8.8 2001:4860:4860::8888 fd00::1\n')])
    expect(text).toMatch(/^10\.0\.0\.7 192\.168\.1\.1 \[masked:\w{8}\] \[masked:\w{8}\] fd00::1\n$/)
  })

  test('a stream that fails fails the log', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(encode('one\n'))
        controller.error(new Error('cut off'))
      },
    })
    await expect(redactLog(stream, rules, BIG)).rejects.toThrow('cut off')
  })

  test('a stream is read to its end', async () => {
    const { body } = new Response('one\npassword=hunter2\n')
    expect(body === null ? undefined : await redactLog(body, rules, BIG)).toMatchObject({ redactions: 1, cut: false })
  })
})
