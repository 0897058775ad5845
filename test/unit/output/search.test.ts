import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BulkheadError } from '../../../src/errors.ts'
import { createLineReader, MAX_LINE, TOO_LONG } from '../../../src/guard/output/lines.ts'
import { compilePattern } from '../../../src/guard/output/pattern.ts'
import { scrub } from '../../../src/guard/output/scrub.ts'
import { type FoundLines, searchLog } from '../../../src/guard/output/search.ts'
import { BODY, encode, jwt, keyBody, outputWith, pem, rules } from './support.ts'

const BIG = 100_000

const streamOf = (chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const source = chunks[Symbol.iterator]()
  return new ReadableStream({
    pull(controller) {
      const { done, value } = source.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

const search = (text: string | Iterable<Uint8Array>, match: string, context = 0, maxBytes = BIG): Promise<FoundLines> =>
  searchLog(streamOf(typeof text === 'string' ? [encode(text)] : text), rules, maxBytes, {
    pattern: compilePattern(match),
    context,
  })

/** All lines as a reader with short stretches hands them on. */
const linesOf = (chunks: readonly Uint8Array[], size: number): string[] => {
  const lines: string[] = []
  const reader = createLineReader(rules, (line) => lines.push(line), size)
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return lines
}

const line = fc.oneof(
  fc.constantFrom(
    'starting',
    'password=hunter2',
    `token: ghp_${BODY}`,
    `Authorization: Bearer ${jwt()}`,
    pem(),
    pem(40),
    pem().replaceAll('\n', '\\n'),
    'GET / 200 8.8.8.8',
    'Grüße 😀 日本',
    '\x1b[31mred\x1b[0m',
    'a\r\nb\rc',
    '',
    btoa(pem()),
    `data: ${'x '.repeat(2000)}`,
  ),
  fc.string({ maxLength: 40, unit: 'binary' }),
)
const log = fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n'))
const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}
/** Longer than what is held before a stretch is scanned, so that stretches begin while the log still comes. */
const PADDING = 'nothing to see here\n'.repeat(4_600)

describe('a log read by lines', () => {
  test('L2-3 is the same wherever the stream was cut', () =>
    fc.assert(
      fc.property(
        log,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.integer({ min: 4_000, max: 90_000 }),
        (text, places, size) => {
          const bytes = encode(`${text}\n${PADDING}${text}`)
          expect(linesOf(cutAt(bytes, places), size).join('\n')).toBe(linesOf([bytes], size).join('\n'))
        },
      ),
      { numRuns: 30 },
    ))

  test('L2-3 is what a scan of the whole text gives, wherever its stretches end', () =>
    fc.assert(
      fc.property(log, fc.integer({ min: 200, max: 3_000 }), (text, size) => {
        const whole = scrub(text, rules, { isLog: true }).text
        expect(linesOf([encode(text)], size).join('\n')).toBe(whole.replace(/\n$/, ''))
      }),
      { numRuns: 60 },
    ))

  test('L2-3 byte by byte', () => {
    const bytes = encode(`a\n${pem()}\npassword=hunter2\n😀 ${jwt()}\n`)
    expect(
      linesOf(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        100,
      ),
    ).toEqual(linesOf([bytes], 100))
  })

  test('L2-2 a private key over many stretches leaves nothing of itself', () => {
    const lines = linesOf([encode(`${PADDING}${pem(300)}\n${PADDING}`)], 2_000)
    expect(lines.filter((it) => keyBody(300).includes(it))).toEqual([])
    expect(new Set(lines)).toEqual(new Set(['nothing to see here', expect.stringMatching(/^\[masked:\w{8}\]$/)]))
  })

  test('a line that is too long is left out, with a word in its place', () => {
    const long = 'y'.repeat(MAX_LINE + 1)
    expect(linesOf([encode(`one\n${long}\ntwo\n${long}`)], 5000)).toEqual(['one', TOO_LONG, 'two', TOO_LONG])
    expect(linesOf([encode(long.slice(1))], 5000)).toEqual([long.slice(1)])
  })
})

describe('a search', () => {
  const text = Array.from({ length: 20 }, (_, at) => (at % 10 === 5 ? `error ${at}` : `line ${at}`)).join('\n')

  test('gives the lines that match, and says of how many', async () => {
    expect(await search(text, 'error')).toEqual({
      text: 'error 5\nerror 15',
      redactions: 0,
      hidden: 0,
      cut: false,
      lines: 20,
      matches: 2,
    })
  })

  test('with the lines around them, each once, groups parted', async () => {
    expect((await search(text, 'error', 1)).text).toBe('line 4\nerror 5\nline 6\n--\nline 14\nerror 15\nline 16')
    expect((await search(text, 'error', 5)).text.split('\n')).toHaveLength(20)
    expect((await search('a\nx\nx\nb\n', 'x', 1)).text).toBe('a\nx\nx\nb')
  })

  test('keeps the newest, whole, and says that there were more', async () => {
    const many = Array.from({ length: 9_000 }, (_, at) => `error ${at}`).join('\n')
    const { text: kept, cut, matches } = await search(many, 'error', 0, 1000)
    expect({ cut, matches }).toEqual({ cut: true, matches: 9000 })
    expect(kept.length).toBeLessThan(1000)
    expect(many.endsWith(`\n${kept}`)).toBe(true)
  })

  test('L2-2 sees what was masked as its mark only: no pattern can ask for a secret', async () => {
    const secret = `password=${'hunter2'}`
    const found = await search(`${secret}\nplain\n`, 'hunter2|^password=h')
    expect(found).toMatchObject({ text: '', matches: 0, lines: 2 })
    expect(await search(`${secret}\n`, 'password=.masked')).toMatchObject({ matches: 1, redactions: 1 })
  })

  test('shows where a line was left out, whatever the pattern', async () => {
    expect((await search(`a\n${'y'.repeat(MAX_LINE + 1)}\nb\n`, 'never')).text).toBe(TOO_LONG)
  })

  test('holds no more of a long log than of a short one', async () => {
    const chunk = encode('GET /healthz 200 1ms\n'.repeat(50_000))
    const chunks = function* () {
      for (let at = 0; at < 12; at += 1) yield chunk
    }
    const used = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const before = used()
    const found = await search(chunks(), '/orders')
    expect(found).toMatchObject({ lines: 600_000, matches: 0, text: '' })
    // 12 MB went by: what is left before the collector comes is garbage of a few stretches and one chunk.
    expect(used() - before).toBeLessThan(150_000_000)
  }, 60_000)

  test('rejects as the stream does', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('cut off')) })
    await expect(searchLog(broken, rules, BIG, { pattern: compilePattern('x'), context: 0 })).rejects.toThrow('cut off')
  })

  test('counts what was masked and hidden in the call', async () => {
    const session = outputWith().session()
    const answer = await session.log(streamOf([encode('password=hunter2\n\u200bx\npassword=hunter2\n')]), {
      pattern: compilePattern('pass'),
      context: 0,
    })
    expect(answer.found).toEqual({ lines: 3, matches: 2 })
    expect(session.counts()).toEqual({ redactions: 2, hidden: 1, suspicious: 0 })
  })
})

describe('a pattern', () => {
  const refusal = (source: string): unknown => {
    try {
      compilePattern(source)
    } catch (error) {
      return error instanceof BulkheadError ? error.code : error
    }
    return 'compiled'
  }

  test.each(['', 'x'.repeat(257), '(', '(?=x)', '(a)\\1', '(a{100}){100}', '[z-a]'])('%j is refused', (source) => {
    expect(refusal(source)).toBe('invalid_arguments')
  })

  test.each(['error', '(?i)ERROR|warn', '^\\d+ .*timeout$', 'status=5\\d\\d'])('%j is one', (source) => {
    expect(refusal(source)).toBe('compiled')
  })

  test('L2-5 takes linear time where a backtracking engine takes for ever', () => {
    const pattern = compilePattern('(x+x+)+y')
    const started = performance.now()
    expect(pattern.test('x'.repeat(MAX_LINE))).toBe(false)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
