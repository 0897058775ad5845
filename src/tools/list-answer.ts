/** What `resources_list` and its shorthands share: one list of one type, in the form that was asked for. */
import type { Answer, ClusterView, ObjectPage, ResourceType, TablePage, Views } from '../tool.ts'
import { MAX_LIMIT } from './arguments.ts'
import { collectFields } from './list-fields.ts'
import { type Collected, collectPages, pageNote, type Rendered, roomOf } from './render/pages.ts'
import { renderPage, type TableForm } from './render/table.ts'
import { tidy } from './render/yaml.ts'

/** An object is one to four kilobytes: this many fill an answer. */
const JSON_LIMIT = 20

/** As the schemas give them: absent arguments are absent or undefined. */
export interface ListInput {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
  readonly output?: TableForm | 'json' | undefined
  readonly fields?: readonly string[] | undefined
}

const jsonLines = (pages: readonly ObjectPage[]): Rendered => ({
  shortened: 0,
  text: pages
    .flatMap((page) => page.items)
    .map((item) => JSON.stringify(tidy(item)))
    .join('\n'),
})

/** What the API server selects by. */
export const queryOf = ({ namespace, labelSelector, fieldSelector }: ListInput) => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(labelSelector === undefined ? {} : { labelSelector }),
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
})

const tableOf = (pages: readonly TablePage[]): TablePage => ({
  columns: pages[0]?.columns ?? [],
  rows: pages.flatMap((page) => page.rows),
})

/** One list in the form that was asked for. `extra`: sentences of that form's own. */
const collect = async (
  view: ClusterView,
  type: ResourceType,
  input: ListInput,
  room: number,
): Promise<Collected & { readonly extra?: readonly string[] }> => {
  const { limit, cursor, output = 'table', fields } = input
  const query = queryOf(input)
  if (fields !== undefined) return collectFields(view, type, { ...input, fields }, room)
  if (output === 'json') {
    return collectPages({
      cursor,
      room,
      limit: limit ?? JSON_LIMIT,
      fetch: (page) => view.list(type, { ...query, ...page }),
      rowsOf: (page) => page.items.length,
      render: jsonLines,
    })
  }
  return collectPages({
    cursor,
    room,
    limit: limit ?? MAX_LIMIT,
    fetch: (page) => view.table(type, { ...query, ...page }),
    rowsOf: (page) => page.rows.length,
    render: (pages) => renderPage(tableOf(pages), output),
  })
}

export const listAnswer = async (
  view: ClusterView,
  type: ResourceType,
  input: ListInput,
  views: Views,
): Promise<Answer> => {
  const collected = await collect(view, type, input, roomOf(views))
  const { rows, shortened, text, extra = [] } = collected
  return {
    ...(rows === 0 ? {} : { untrusted: text }),
    notes: [
      pageNote(collected, input.cursor === undefined, views.clusters.length > 1 ? view.name : undefined),
      ...(shortened === 0 ? [] : [`${shortened} long cells end in "…": output json has them whole.`]),
      ...extra,
      // The API server answers both in the same way.
      ...(rows === 0 && input.namespace !== undefined ? ['A namespace that does not exist looks the same.'] : []),
    ],
  }
}
