/** What `resources_list` and its shorthands share: one list of one type, in the form that was asked for. */
import type { Answer, ClusterView, ObjectPage, ResourceType, TablePage, Views } from '../tool.ts'
import { MAX_LIMIT } from './arguments.ts'
import { collectPages, pageNote, type Rendered, roomOf } from './render/pages.ts'
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
}

const jsonLines = (pages: readonly ObjectPage[]): Rendered => ({
  shortened: 0,
  text: pages
    .flatMap((page) => page.items)
    .map((item) => JSON.stringify(tidy(item)))
    .join('\n'),
})

const tableOf = (pages: readonly TablePage[]): TablePage => ({
  columns: pages[0]?.columns ?? [],
  rows: pages.flatMap((page) => page.rows),
})

export const listAnswer = async (
  view: ClusterView,
  type: ResourceType,
  input: ListInput,
  views: Views,
): Promise<Answer> => {
  const { namespace, labelSelector, fieldSelector, limit, cursor, output = 'table' } = input
  const query = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  }
  const common = { cursor, room: roomOf(views) }
  const collected =
    output === 'json'
      ? await collectPages({
          ...common,
          limit: limit ?? JSON_LIMIT,
          fetch: (page) => view.list(type, { ...query, ...page }),
          rowsOf: (page) => page.items.length,
          render: jsonLines,
        })
      : await collectPages({
          ...common,
          limit: limit ?? MAX_LIMIT,
          fetch: (page) => view.table(type, { ...query, ...page }),
          rowsOf: (page) => page.rows.length,
          render: (pages) => renderPage(tableOf(pages), output),
        })
  const { rows, shortened, text } = collected
  return {
    ...(rows === 0 ? {} : { untrusted: text }),
    notes: [
      pageNote(collected, cursor === undefined),
      ...(shortened === 0 ? [] : [`${shortened} long cells end in "…": output json has them whole.`]),
      // The API server answers both in the same way.
      ...(rows === 0 && namespace !== undefined ? ['A namespace that does not exist looks the same.'] : []),
    ],
  }
}
