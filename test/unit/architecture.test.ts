/** Who may import whom, as docs/design says: read from the imports themselves. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = new URL('../../src/', import.meta.url).pathname
const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
const importsOf = (file: string): string[] =>
  Array.from(readFileSync(join(src, file), 'utf8').matchAll(IMPORT), (match) => match[1] ?? '')
const localImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => normalize(join(dirname(file), path)))

/** The words, and the parts of the configuration's schema: they know only each other. */
const WORDS = [
  'access.ts',
  'errors.ts',
  'tool.ts',
  'change.ts',
  'offer.ts',
  'plan.ts',
  'plans.ts',
  'jobs.ts',
  'watch.ts',
  'ports.ts',
  'report.ts',
  'reports.ts',
  'config.ts',
  'deadline.ts',
  'trace.ts',
  'meter.ts',
  'events.ts',
]
const isWord = (file: string): boolean => WORDS.includes(file) || room(file) === 'config'
/** The entries may name everything. */
const ENTRIES = ['worker.ts', 'deno.ts', 'app.ts']

/** Pure parts that rooms share, named one by one. */
const PURE_GUARD = ['guard/chain.ts', 'guard/buckets.ts', 'guard/ledger-core.ts', 'guard/plan-core.ts']
/** What reads Kubernetes' JSON and prints its times: a diagnosis judges objects, and must not reach a client. */
const PURE_KUBE = ['kube/json.ts', 'kube/ages.ts', 'kube/durations.ts', 'kube/events.ts', 'kube/text.ts']

const room = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : file)
const within =
  (...rooms: string[]) =>
  (target: string) =>
    rooms.includes(room(target)) || isWord(target)

const RULES: Readonly<Record<string, (target: string) => boolean>> = {
  kube: within('kube'),
  diagnose: (target) => within('diagnose')(target) || PURE_KUBE.includes(target),
  tools: within('tools', 'kube', 'diagnose'),
  guard: within('guard', 'kube'),
  http: within('http', 'guard', 'diagnose'),
  platform: (target) => within('platform')(target) || PURE_GUARD.includes(target) || target === 'version.ts',
}

describe('import directions', () => {
  test.each(files.filter((file) => RULES[room(file)] !== undefined))('%s keeps to its room', (file) => {
    const allowed = RULES[room(file)]
    expect(localImportsOf(file).filter((target) => allowed?.(target) !== true)).toEqual([])
  })

  test.each(files.filter(isWord))('%s knows only the words', (file) => {
    expect(localImportsOf(file).filter((target) => !isWord(target))).toEqual([])
  })

  test('guard never imports tools, and only the app brings them together', () => {
    const importers = files.filter((file) => localImportsOf(file).some((target) => room(target) === 'tools'))
    expect(importers.filter((file) => room(file) !== 'tools' && !ENTRIES.includes(file))).toEqual([])
  })

  test('only the entries name a platform', () => {
    const importers = files.filter((file) => localImportsOf(file).some((target) => room(target) === 'platform'))
    expect(importers.filter((file) => room(file) !== 'platform' && !ENTRIES.includes(file))).toEqual([])
  })

  test('L4-6 no file imports a Node built-in, and none outside platform/ and the entries names a runtime', () => {
    // The Deno entry and its ports run in a runtime that has Node's modules; the bundle of the Worker never holds them.
    const bundled = files.filter((file) => file !== 'deno.ts' && !file.startsWith('platform/deno/'))
    const foreign = bundled.flatMap((file) =>
      importsOf(file)
        .filter((path) => path.startsWith('node:') || (path.startsWith('cloudflare:') && room(file) !== 'platform'))
        .map((path) => `${file} → ${path}`),
    )
    expect(foreign).toEqual([])
  })

  test('L4-6 nothing starts a program, on any platform', () => {
    const offenders = files.filter((file) =>
      /child_process|Deno\.Command|Deno\.run\b/.test(readFileSync(join(src, file), 'utf8')),
    )
    expect(offenders).toEqual([])
  })

  test('tools and http never see a Transport, and tools never see the MCP SDK', () => {
    const offenders = files.filter(
      (file) => room(file) === 'tools' && importsOf(file).some((path) => path.startsWith('@modelcontextprotocol')),
    )
    expect(offenders).toEqual([])
  })
})
