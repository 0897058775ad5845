/** Events for a model: newest first, repetitions counted (kube/events.ts). */
import type { EventRow } from '../../kube/events.ts'
import { shorten } from '../../kube/text.ts'
import { renderTable } from './table.ts'

/** The API server takes at most 1,024 bytes of a note; the reason for an event stands at its beginning. */
const MAX_MESSAGE = 400

export const renderEvents = (events: readonly EventRow[], showNamespace: boolean): string =>
  renderTable({
    headers: ['LAST', 'COUNT', 'TYPE', 'REASON', ...(showNamespace ? ['NAMESPACE'] : []), 'OBJECT', 'MESSAGE'],
    rows: events.map((event) => [
      event.last,
      event.count === 1 ? '' : `${event.count} in ${event.first}`,
      event.type,
      event.reason,
      ...(showNamespace ? [event.namespace] : []),
      event.object,
      shorten(event.message, MAX_MESSAGE),
    ]),
    foldable: ['TYPE', 'NAMESPACE'],
  })
