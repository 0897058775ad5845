/** A list of objects as a table of the fields that were asked for. */
import { BulkheadError } from '../errors.ts'
import type { JsonObject } from '../kube/json.ts'
import { oneLine, shorten } from '../kube/text.ts'
import type { ClusterView, ObjectPage, ResourceType } from '../tool.ts'
import { MAX_LIMIT } from './arguments.ts'
import { type ListInput, queryOf } from './list-answer.ts'
import { cellAt, type FieldPath, missingNote, parseField, valuesAt } from './render/fields.ts'
import { type Collected, collectPages, type Rendered } from './render/pages.ts'
import { MAX_CELL, renderTable } from './render/table.ts'

/** Objects are four kilobytes each, and a line is shown of each: one page of theirs. */
const FIELDS_LIMIT = 100

/** The name, and a column for each field. */
const fieldColumns =
  (paths: readonly FieldPath[]) =>
  (pages: readonly ObjectPage[]): Rendered => {
    const items = pages.flatMap((page) => page.items)
    const asked = paths.filter(({ text }) => text !== 'metadata.name' && text !== 'metadata.namespace')
    let shortened = 0
    const rows = items.map((item) => [
      oneLine(item.metadata?.name ?? ''),
      ...asked.map((path) => {
        const text = cellAt(item as JsonObject, path)
        if (text.length > MAX_CELL) shortened += 1
        return shorten(text, MAX_CELL)
      }),
    ])
    const namespaces = items.map((item) => item.metadata?.namespace ?? '')
    const text = renderTable({
      headers: ['NAME', ...asked.map((path) => oneLine(path.text))],
      rows,
      ...(namespaces.some((it) => it !== '') ? { groups: { header: 'NAMESPACE', of: namespaces } } : {}),
    })
    return { text, shortened }
  }

/** Objects by their fields. Where only metadata is asked for, only metadata is fetched. `extra`: paths that led nowhere. */
export const collectFields = async (
  view: ClusterView,
  type: ResourceType,
  input: ListInput & { readonly fields: readonly string[] },
  room: number,
): Promise<Collected & { readonly extra: readonly string[] }> => {
  if (input.output !== undefined && input.output !== 'table')
    throw new BulkheadError('invalid_arguments', 'fields make a table of their own: leave out output.')
  const paths = input.fields.map(parseField)
  const onlyMetadata = paths.every(({ steps }) => steps[0] === 'metadata')
  const found = new Set<FieldPath>()
  const collected = await collectPages({
    cursor: input.cursor,
    room,
    limit: input.limit ?? (onlyMetadata ? MAX_LIMIT : FIELDS_LIMIT),
    fetch: async (page) => {
      const query = { ...queryOf(input), ...page }
      const answer = await (onlyMetadata ? view.metadata(type, query) : view.list(type, query))
      for (const path of paths)
        if (answer.items.some((item) => valuesAt(item as JsonObject, path).length > 0)) found.add(path)
      return answer
    },
    rowsOf: (page) => page.items.length,
    render: fieldColumns(paths),
  })
  return { ...collected, extra: collected.rows === 0 ? [] : missingNote(paths, (path) => found.has(path)) }
}
