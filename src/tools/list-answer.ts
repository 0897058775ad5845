/** What `resources_list` and its shorthands share: one list of one type, in the form that was asked for. */
import {
  type Answer,
  apiVersionOf,
  type ClusterView,
  type ObjectPage,
  type ResourceType,
  type TablePage,
  type Views,
} from '../tool.ts'
import { MAX_LIMIT } from './arguments.ts'
import { type Collected, collectPages, pageNotes, roomOf } from './render/pages.ts'
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

const jsonLines = (pages: readonly ObjectPage[], type: ResourceType): string =>
  pages
    .flatMap((page) => page.items)
    // Items of a typed list carry neither.
    .map((item) => JSON.stringify(tidy({ apiVersion: apiVersionOf(type), kind: type.kind, ...item })))
    .join('\n')

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
  const room = roomOf(views)
  const answer = ({ text, ...collected }: Collected, extra: readonly string[] = []): Answer => ({
    ...(collected.rows === 0 ? {} : { untrusted: text }),
    notes: [...pageNotes({ text, ...collected }, cursor === undefined), ...extra],
  })
  if (output === 'json') {
    return answer(
      await collectPages({
        limit: limit ?? JSON_LIMIT,
        cursor,
        room,
        fetch: (page) => view.list(type, { ...query, ...page }),
        rowsOf: (page) => page.items.length,
        render: (pages) => jsonLines(pages, type),
      }),
    )
  }
  let shortened = 0
  const collected = await collectPages({
    limit: limit ?? MAX_LIMIT,
    cursor,
    room,
    fetch: (page) => view.table(type, { ...query, ...page }),
    rowsOf: (page) => page.rows.length,
    render: (pages) => {
      const rendered = renderPage(tableOf(pages), output)
      shortened = rendered.shortened
      return rendered.text
    },
  })
  return answer(collected, shortened === 0 ? [] : [`${shortened} long cells end in "…": output json has them whole.`])
}
