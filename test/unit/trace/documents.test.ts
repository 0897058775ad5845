/** What the documents say of telemetry is there: its metrics by name, and every attribute of a span. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { GAUGES, HISTOGRAMS } from '../../../src/http/metrics.ts'
import { COUNTERS } from '../../../src/meter.ts'

const root = new URL('../../../', import.meta.url).pathname
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const METRICS = [
  ...Object.keys({ ...COUNTERS, ...GAUGES }),
  ...Object.keys(HISTOGRAMS).flatMap((it) => [it, `${it}_bucket`, `${it}_sum`, `${it}_count`]),
]

describe('metrics', () => {
  test.each(['docs/telemetry.md', 'docs/operating.md'])('%s names those that there are', (file) => {
    const named = [...new Set(read(file).match(/\bbulkhead_(?!agent|operator)[a-z_]+[a-z]\b/g))]
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((it) => !METRICS.includes(it))).toEqual([])
  })
})

describe('attributes', () => {
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.ts'))
  const used = new Set(
    sources.flatMap((file) => [
      ...Array.from(
        read(`src/${file}`).matchAll(/'((?:bulkhead|gen_ai|mcp|http|k8s|error)\.[a-z0-9_.]+)'(?=:|\])/g),
        ([, name = '']) => name,
      ),
    ]),
  )

  test('of every span stand in docs/telemetry.md', () => {
    const text = read('docs/telemetry.md')
    expect(used.size).toBeGreaterThan(15)
    expect([...used].filter((it) => !text.includes(`\`${it}\``))).toEqual([])
  })
})
