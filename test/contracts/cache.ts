/** What every `Cache` promises: little, and the same refusals everywhere. */
import { MAX_CACHE_VALUE_LENGTH } from '../../src/platform/cache.ts'
import type { Cache } from '../../src/ports.ts'
import { type Check, equal, ok, rejection } from './assert.ts'

export type MakeCache = () => Promise<Cache>

export const cacheContract: readonly Check<MakeCache>[] = [
  {
    name: 'what was put is there, what was not is undefined',
    async run(make) {
      const cache = await make()
      equal(await cache.get('discovery/prod'), undefined, 'before')
      await cache.put('discovery/prod', '{"a":"é"}', 60)
      equal(await cache.get('discovery/prod'), '{"a":"é"}', 'after')
      await cache.put('discovery/prod', '', 60)
      equal(await cache.get('discovery/prod'), '', 'an empty value')
    },
  },
  {
    name: 'a value of a megabyte comes back whole, also where it is not ASCII',
    async run(make) {
      const cache = await make()
      const value = 'ключ€\u{1f4a1}'.repeat(150_000)
      await cache.put('openapi', value, 60)
      ok((await cache.get('openapi')) === value, 'the value')
      await cache.put('openapi', 'short', 60)
      equal(await cache.get('openapi'), 'short', 'a shorter one in its place')
    },
  },
  {
    name: 'a value beyond the bound is forgotten at once, not refused',
    async run(make) {
      const cache = await make()
      await cache.put('huge', 'x'.repeat(MAX_CACHE_VALUE_LENGTH + 1), 60)
      equal(await cache.get('huge'), undefined, 'the value')
    },
  },
  {
    name: 'a lifetime below the floor and an impossible key are refused',
    async run(make) {
      const cache = await make()
      for (const ttl of [59, 0, -1, 60.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        ok((await rejection(() => cache.put('key', 'value', ttl), `${ttl} s`)) instanceof RangeError, `${ttl} s`)
      }
      for (const key of ['', '.', '..', 'é'.repeat(257)]) {
        ok((await rejection(() => cache.put(key, 'value', 60), `put "${key}"`)) instanceof RangeError, `put "${key}"`)
        ok((await rejection(() => cache.get(key), `get "${key}"`)) instanceof RangeError, `get "${key}"`)
      }
    },
  },
]
