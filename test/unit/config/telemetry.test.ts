/** The section `telemetry` of bulkhead.yaml. */
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { hookConfig } from '../../support/hook-bench.ts'

const URL_OF_COLLECTOR = 'https://collector.example.com/v1/traces'
const parse = (traces: unknown) =>
  configSchema.safeParse({ ...hookConfig(), notify: [], hooks: {}, telemetry: { traces } as never })
const paths = (traces: unknown): readonly string[] =>
  (parse(traces).error?.issues ?? []).map(({ path }) => path.slice(2).join('.'))

describe('traces', () => {
  test('are off unless asked for', () => {
    const { data } = configSchema.safeParse({ ...hookConfig(), notify: [], hooks: {} })
    expect(data?.telemetry).toEqual({})
  })

  test('have defaults for all but where to', () => {
    expect(parse({ url: URL_OF_COLLECTOR }).data?.telemetry.traces).toEqual({
      url: URL_OF_COLLECTOR,
      headers: {},
      ratio: 0.1,
    })
    expect(paths({})).toEqual(['url'])
  })

  test.each(['http://127.0.0.1:4318/v1/traces', 'http://[::1]:4318/v1/traces', 'https://a.example.com'])(
    '%s is an address',
    (url) => {
      expect(paths({ url })).toEqual([])
    },
  )

  test.each([
    'http://collector.example.com/v1/traces',
    'https://user:word@collector.example.com/',
    `${URL_OF_COLLECTOR}?key=1`,
    'ftp://127.0.0.1/',
    'collector',
  ])('%s is none', (url) => {
    expect(paths({ url })).toEqual(['url'])
  })

  test.each(['authorization', 'content-type', 'host', 'X-Key', 'x key', 'x-key\n'])('%j is no header', (name) => {
    expect(paths({ url: URL_OF_COLLECTOR, headers: { [name]: { secret: 'KEY' } } })).not.toEqual([])
  })

  test('a secret stands there by its name only, and the ratio is one', () => {
    expect(paths({ url: URL_OF_COLLECTOR, headers: { 'x-key': 'value' } })).toEqual(['headers.x-key'])
    expect(paths({ url: URL_OF_COLLECTOR, bearer: 'value' })).toEqual(['bearer'])
    expect(paths({ url: URL_OF_COLLECTOR, ratio: 1.5 })).toEqual(['ratio'])
    expect(paths({ url: URL_OF_COLLECTOR, ratio: -1 })).toEqual(['ratio'])
  })
})
