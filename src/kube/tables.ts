/**
 * Server-side Tables: what `kubectl get` prints, from the API server's own printers, in a fiftieth of the bytes of the
 * objects (meta.k8s.io/v1 Table). Without objects a row does not know its namespace, so a list over all namespaces asks
 * for metadata with each row, and for fewer rows.
 */
import type { BulkheadError } from '../errors.ts'
import type { Json, ResourceType, RowMetadata, TablePage } from '../tool.ts'
import { ageOf } from './ages.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from './json.ts'
import { acceptAs, type KubeListQuery, type KubePage, listAsk, METADATA_PAGE, pageOf } from './lists.ts'
import { nonsense, type Requester } from './request.ts'

/**
 * Rows without objects are some 150 bytes each; more of them than this nobody reads in one answer. With metadata, for a
 * program, they are up to 4 kB: 2 MB a page.
 */
export const TABLE_PAGE = 500

export interface KubeTablePage extends KubePage {
  readonly columns: TablePage['columns']
  readonly rows: TablePage['rows']
}

type Row = TablePage['rows'][number]

/** What rows keep of their objects where it is asked for; a program reads these, not a model. */
const KEPT = ['uid', 'labels', 'ownerReferences', 'creationTimestamp', 'deletionTimestamp'] as const
const kept = (metadata: JsonObject): RowMetadata =>
  Object.fromEntries(KEPT.flatMap((key) => (metadata[key] === undefined ? [] : [[key, metadata[key]]])))

const readRow = (row: Json, nameAt: number, { namespace, withMetadata = false }: KubeListQuery): Row | undefined => {
  if (!isObject(row) || !Array.isArray(row.cells)) return undefined
  const cells = arrayOf(row.cells)
  const metadata = objectOf(objectOf(row.object).metadata)
  const name = textOf(metadata.name) ?? textOf(cells[nameAt])
  const rowNamespace = textOf(metadata.namespace) ?? namespace
  return {
    ...(rowNamespace === undefined ? {} : { namespace: rowNamespace }),
    ...(name === undefined ? {} : { name }),
    cells,
    ...(withMetadata ? { metadata: kept(metadata) } : {}),
  }
}

const readTable = (table: JsonObject, query: KubeListQuery, broken: () => BulkheadError): KubeTablePage => {
  if (!Array.isArray(table.columnDefinitions) || !(Array.isArray(table.rows) || table.rows === null)) throw broken()
  const definitions = arrayOf(table.columnDefinitions).map(objectOf)
  const columns = definitions.map(({ name, type, priority }) => ({
    name: textOf(name) ?? '',
    type: textOf(type) ?? 'string',
    priority: typeof priority === 'number' ? priority : 0,
  }))
  const nameAt = definitions.findIndex(({ format }) => format === 'name')
  const rows = arrayOf(table.rows).map((row) => {
    const read = readRow(row, nameAt, query)
    if (read === undefined) throw broken()
    return read
  })
  return { columns, rows, ...pageOf(table, broken) }
}

/** A server of another API may not know Tables and send the list itself: then what every object has. */
const tableOfList = (list: JsonObject, now: number, broken: () => BulkheadError): KubeTablePage => ({
  columns: [
    { name: 'Name', type: 'string', priority: 0 },
    { name: 'Age', type: 'string', priority: 0 },
  ],
  rows: arrayOf(list.items).map((item) => {
    const { name, namespace, creationTimestamp } = objectOf(objectOf(item).metadata)
    const [nameText, namespaceText] = [textOf(name), textOf(namespace)]
    if (nameText === undefined) throw broken()
    return {
      name: nameText,
      ...(namespaceText === undefined ? {} : { namespace: namespaceText }),
      cells: [nameText, ageOf(textOf(creationTimestamp), now)],
    }
  }),
  ...pageOf(list, broken),
})

export const listTable = async (
  requester: Requester,
  type: ResourceType,
  query: KubeListQuery,
  signal: AbortSignal,
): Promise<KubeTablePage> => {
  const everywhere = type.namespaced && query.namespace === undefined
  const { withMetadata = false } = query
  const ask = listAsk(type, query, everywhere && !withMetadata ? METADATA_PAGE : TABLE_PAGE, {
    includeObject: everywhere || withMetadata ? 'Metadata' : 'None',
  })
  const body = await requester.get({ ...ask, accept: acceptAs('Table', type) }, signal)
  const broken = () => nonsense(requester.wire, ask.about, 'neither a table nor a list')
  if (isObject(body) && body.kind === 'Table') return readTable(body, query, broken)
  if (isObject(body) && (Array.isArray(body.items) || body.items === null)) {
    return tableOfList(body, requester.wire.clock.now(), broken)
  }
  throw broken()
}
