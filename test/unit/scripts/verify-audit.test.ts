/** `verify-audit` on files: whole ones pass, and whatever was done to one is found, with the line. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linesOf, verifyLines } from '../../../scripts/lib/audit-file.ts'
import { chain, type Head, recordLine } from '../../../src/guard/chain.ts'
import { call, NOW } from '../../contracts/ledger-parts.ts'

const COUNT = 9
const chainOf = (ledger: string, count = COUNT) => {
  const lines: string[] = []
  const heads: Head[] = []
  for (let index = 0; index < count; index++) {
    const record = chain(heads.at(-1), call(`c${index} „ü😀“`), NOW + index, ledger)
    heads.push(record)
    lines.push(recordLine(record))
  }
  return { lines, heads, place: (seq: number) => `${ledger}=${seq}:${heads[seq - 1]?.hash}` }
}
const prod = chainOf('prod')
const gateway = chainOf('gateway', 3)
const whole = [...prod.lines, ...gateway.lines]

const check = (text: string | Uint8Array, head?: Head, chunk = 1_000_000) => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const chunks = async function* () {
    for (let from = 0; from < bytes.length; from += chunk) yield bytes.subarray(from, from + chunk)
  }
  return verifyLines(linesOf(chunks()), {
    after: new Map(),
    heads: head === undefined ? new Map() : new Map([['prod', head]]),
  })
}
const file = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
const position = fc.nat(COUNT - 1)

describe('files', () => {
  test('several whole ledgers pass, however the bytes arrive', async () => {
    for (const chunk of [1, 7, 1000, 1_000_000]) {
      const { ledgers, fault } = await check(file(whole), undefined, chunk)
      expect(fault).toBeUndefined()
      expect(ledgers).toEqual([
        {
          ledger: 'prod',
          records: COUNT,
          first: 1,
          from: '2026-11-01T12:00:00.000Z',
          until: '2026-11-01T12:00:00.008Z',
          head: { seq: COUNT, hash: prod.heads.at(-1)?.hash },
        },
        expect.objectContaining({ ledger: 'gateway', records: 3 }),
      ])
    }
    expect(await check(file(whole).slice(0, -1))).toMatchObject({ ledgers: [{}, {}] })
  })

  test('L5-2 every byte that is changed is found in its line', async () => {
    const bytes = new TextEncoder().encode(file(prod.lines))
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), async (at, xor) => {
        const changed = bytes.slice()
        changed[at] = (bytes[at] ?? 0) ^ xor
        const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1
        const { fault } = await check(changed)
        // A newline that is changed joins two lines; one that is put in makes two of one: both are malformed there.
        expect(fault?.line).toBe(line)
      }),
      { numRuns: 500 },
    )
  })

  test('L5-2 every deletion, doubling and swap of lines is found where it happened', async () => {
    await fc.assert(
      fc.asyncProperty(position, position, async (a, b) => {
        const [first, second] = a < b ? [a, b] : [b, a]
        const head = prod.heads.at(-1)
        const deleted = await check(file(prod.lines.toSpliced(first, 1)), head)
        expect(deleted.fault).toMatchObject(
          first === COUNT - 1
            ? { reason: 'head', line: COUNT - 1, seq: COUNT }
            : { reason: 'gap', line: first + 1, seq: first + 1 },
        )
        const doubled = await check(file(prod.lines.toSpliced(second + 1, 0, prod.lines[first] ?? '')))
        expect(doubled.fault).toMatchObject({ reason: 'repeat', line: second + 2, seq: first + 1 })
        fc.pre(first !== second)
        const [one = '', two = ''] = [prod.lines[first], prod.lines[second]]
        const swapped = await check(file(prod.lines.with(first, two).with(second, one)))
        expect(swapped.fault).toMatchObject({
          reason: second === first + 1 ? 'swap' : 'gap',
          line: first + 1,
          seq: first + 1,
        })
      }),
    )
  })

  test('lines that say the same in other words are not what the ledger wrote', async () => {
    const [line = ''] = prod.lines
    for (const altered of [
      ` ${line}`,
      `${line}\r`,
      line.replace('"allow"', '"\\u0061llow"'),
      line.replace('{', '{"tool":"another",'),
      line.replace('"seq":1', '"seq":1.0'),
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse())),
    ]) {
      expect((await check(file(prod.lines.with(0, altered)))).fault).toMatchObject({ reason: 'malformed', line: 1 })
    }
  })

  test('ledgers that are mixed, lines that are none and lines that never end are faults', async () => {
    const mixed = [...prod.lines.slice(0, 4), ...gateway.lines, ...prod.lines.slice(4)]
    expect((await check(file(mixed))).fault).toMatchObject({ reason: 'interleaved', line: 8, ledger: 'prod' })
    for (const junk of ['', '{}', 'null', '[1]', '{"seq":5', 'x'.repeat(200_000), `"${'x'.repeat(200_000)}"`]) {
      expect((await check(file(prod.lines.with(4, junk)))).fault).toMatchObject({
        reason: 'malformed',
        line: 5,
        seq: 5,
      })
      expect((await check(file([junk]))).fault).toMatchObject({ reason: 'malformed', line: 1 })
    }
    const notUtf8 = new TextEncoder().encode(file(prod.lines.with(4, '#')))
    notUtf8[notUtf8.indexOf(0x23)] = 0xff
    expect((await check(notUtf8)).fault).toMatchObject({ reason: 'malformed', line: 5 })
  })
})

describe('the command', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulkhead-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const script = new URL('../../../scripts/verify-audit.ts', import.meta.url).pathname
  const run = async (lines: readonly string[] | undefined, ...more: string[]) => {
    const path = join(folder, 'export.ndjson')
    if (lines !== undefined) await writeFile(path, file(lines))
    return new Promise<{ code: number; out: string }>((resolve) => {
      execFile(process.execPath, [script, ...(lines === undefined ? [] : [path]), ...more], (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr }),
      )
    })
  }

  test('0: whole, with a summary and the heads to keep', async () => {
    const { code, out } = await run(whole)
    expect(out).toContain('prod: 9 records, 1 to 9, 2026-11-01T12:00:00.000Z to 2026-11-01T12:00:00.008Z: whole')
    expect(out).toContain(`head ${gateway.place(3)}`)
    expect(code).toBe(0)
    expect((await run(whole, '--head', prod.place(5), '--head', gateway.place(3))).code).toBe(0)
    expect((await run(prod.lines.slice(4), '--after', prod.place(4))).code).toBe(0)
  })

  test('1: broken, with line, record and reason', async () => {
    const flipped = whole.with(5, (whole[5] ?? '').replace('"allow"', '"deny"'))
    const { code, out } = await run(flipped)
    expect(out).toContain('FAULT at line 6, ledger prod, record 6 (flip): ')
    expect(code).toBe(1)
    expect(await run(prod.lines.slice(4))).toMatchObject({
      code: 1,
      out: expect.stringContaining('--after prod=SEQ:HASH'),
    })
    const short = await run(prod.lines.slice(0, 5), '--head', prod.place(9))
    expect(short).toMatchObject({
      code: 1,
      out: expect.stringContaining('FAULT at line 5, ledger prod, record 6 (head)'),
    })
    expect(await run(prod.lines, '--head', gateway.place(3))).toMatchObject({ code: 1 })
  })

  test('2: nothing to check, or not understood', async () => {
    expect(await run([])).toMatchObject({ code: 2, out: expect.stringContaining('holds no record') })
    expect(await run(undefined, join(folder, 'missing'))).toMatchObject({
      code: 2,
      out: expect.stringContaining('cannot be read'),
    })
    expect(await run(undefined, folder)).toMatchObject({ code: 2 })
    expect(await run(undefined)).toMatchObject({ code: 2, out: expect.stringContaining('Usage') })
    expect(await run(whole, '--head', 'prod=x')).toMatchObject({ code: 2 })
    expect(await run(whole, '--unknown')).toMatchObject({ code: 2 })
  })
})
