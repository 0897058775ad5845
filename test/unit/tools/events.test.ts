/** Events for a model: newest first, equal ones counted. */
import { describe, expect, test } from 'vitest'
import { humanDuration } from '../../../src/kube/ages.ts'
import { parseAge } from '../../../src/kube/durations.ts'
import { foldEvents, readEvents, seenWithin } from '../../../src/kube/events.ts'
import { renderEvents } from '../../../src/tools/render/events.ts'
import { EVENTS } from './shop.ts'

const events = readEvents({
  columns: EVENTS.columns.map((column) => ({ name: column.replace('+', ''), type: 'string', priority: 0 })),
  rows: EVENTS.rows,
})

describe('parseAge', () => {
  test.each([0, 1, 119, 120, 599, 600, 10_799, 10_800, 100_000, 700_000, 60_000_000, 300_000_000])(
    '%i s is read back, rounded down by less than a tenth',
    (seconds) => {
      const ms = parseAge(humanDuration(seconds * 1000)) ?? Number.NaN
      expect(ms).toBeLessThanOrEqual(seconds * 1000)
      expect(ms).toBeGreaterThanOrEqual(seconds * 900)
    },
  )
  test.each(['<unknown>', '<invalid>', '', '5', 'm', '5w', '-5m', '1d2h3m'])('%j is no age', (text) => {
    expect(parseAge(text)).toBeUndefined()
  })
})

describe('foldEvents', () => {
  test('adds equal ones up, newest first, unknown times last', () => {
    expect(foldEvents(events).map(({ last, reason, count, first }) => [last, reason, count, first])).toEqual([
      ['9s', 'BackOff', 188, '47m'],
      ['3m20s', 'Pulled', 16, '5d4h'],
      ['41m', 'FailedScheduling', 1, '41m'],
      ['<unknown>', 'Started', 1, '<unknown>'],
    ])
  })
})

describe('renderEvents', () => {
  test('a message cannot forge a row', () => {
    const text = renderEvents(foldEvents(events), false)
    expect(text.split('\n')).toHaveLength(5)
    expect(text).toContain('Back-off restarting failed container')
  })

  test('names namespaces only where there may be several', () => {
    expect(renderEvents(events, true)).toContain('NAMESPACE')
    expect(renderEvents(events, false)).not.toContain('NAMESPACE')
  })
})

test('seenWithin keeps what has no known time', () => {
  expect(events.filter((event) => seenWithin(event, 600_000)).map((event) => event.last)).toEqual([
    '9s',
    '3m20s',
    '<unknown>',
  ])
})
