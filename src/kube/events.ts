/**
 * Events, read from the API server's own table of core/v1 Events (which holds those of events.k8s.io too, both being one
 * storage): a tenth of the bytes of the objects, five times the rows a page, and the server has already settled which of
 * an event's five times and two counts are meant. Newest first, repetitions counted.
 */
import type { TablePage } from '../tool.ts'
import { parseAge } from './durations.ts'
import { oneLine } from './text.ts'

export interface EventRow {
  readonly namespace: string
  readonly type: string
  readonly reason: string
  readonly object: string
  readonly message: string
  readonly count: number
  /** As printed: `3m20s`. */
  readonly last: string
  readonly first: string
}

const age = (text: string): number => parseAge(text) ?? Number.POSITIVE_INFINITY

export const readEvents = (page: TablePage): readonly EventRow[] => {
  const at = new Map(page.columns.map((column, index) => [column.name.toLowerCase(), index]))
  return page.rows.map(({ namespace = '', cells }) => {
    const text = (column: string) => oneLine(String(cells[at.get(column) ?? -1] ?? ''))
    const last = text('last seen')
    return {
      namespace,
      type: text('type'),
      reason: text('reason'),
      object: text('object'),
      message: text('message'),
      count: Math.max(1, Number.parseInt(text('count'), 10) || 1),
      last,
      first: text('first seen') || last,
    }
  })
}

const identity = (event: EventRow): string =>
  JSON.stringify([event.namespace, event.type, event.reason, event.object, event.message])

/** One row for equal events, with their counts added; newest first, those without a time last. */
export const foldEvents = (events: readonly EventRow[]): readonly EventRow[] => {
  const folded = new Map<string, EventRow>()
  for (const event of events) {
    const key = identity(event)
    const known = folded.get(key)
    folded.set(
      key,
      known === undefined
        ? event
        : {
            ...known,
            count: known.count + event.count,
            last: age(event.last) < age(known.last) ? event.last : known.last,
            first: age(event.first) > age(known.first) ? event.first : known.first,
          },
    )
  }
  return [...folded.values()].sort((a, b) => {
    const [one, other] = [age(a.last), age(b.last)]
    return one === other ? 0 : one - other
  })
}

/** Seen within the last `ms`; without a known time it is kept, since nothing says that it is old. */
export const seenWithin = (event: EventRow, ms: number): boolean => (parseAge(event.last) ?? 0) <= ms
