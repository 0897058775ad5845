/**
 * `GET /audit/export?ledger=NAME&after=SEQ`: a ledger's records with `seq > after`, oldest first, one JSON object a line
 * (NDJSON), as `verify-audit` reads them. Streamed a page at a time as the reader takes them, so that memory stays that
 * of one page; ends at the record that was the last when the export began. An export is itself recorded, in the
 * gateway's ledger, before anything is given out. Storage that fails on the way breaks the transfer off: an export is
 * whole or visibly not.
 *
 * Order: after `authenticate` for operators and `requirePower` for `audit`.
 */
import type { Handler } from 'hono'
import type { Config } from '../config.ts'
import { within } from '../deadline.ts'
import { BulkheadError } from '../errors.ts'
import { GATEWAY_LEDGER, type Ledger, type LedgerPage, type Ports } from '../ports.ts'
import { callerOf, type HttpEnv } from './env.ts'
import { recordOperator } from './power.ts'

export const NDJSON_TYPE = 'application/x-ndjson'
/** Where the ledger ends, as `verify-audit --head` takes it: kept elsewhere, it shows that a later export was cut. */
export const HEAD_HEADER = 'bulkhead-ledger-head'
/** Some 100 kB: one page is what an export holds in memory. */
const PAGE_RECORDS = 200
const READ_DEADLINE_MS = 10_000

export interface AuditExportOptions {
  readonly config: Pick<Config, 'clusters'>
  readonly ports: Pick<Ports, 'ledgers' | 'clock'>
}

const only = (query: URLSearchParams, name: string): string | undefined => {
  const values = query.getAll(name)
  if (values.length > 1) throw new BulkheadError('malformed_request', `Export: "${name}" stands in the query twice.`)
  return values[0]
}

const parseQuery = (url: string, ledgers: readonly string[]): { ledger: string; after: number } => {
  const query = new URL(url).searchParams
  for (const name of query.keys())
    if (name !== 'ledger' && name !== 'after')
      throw new BulkheadError('malformed_request', 'Export takes "ledger" and "after" only.')
  const ledger = only(query, 'ledger')
  const after = only(query, 'after') ?? '0'
  if (ledger === undefined || !ledgers.includes(ledger))
    throw new BulkheadError('unknown_cluster', `Name the ledger to export: one of ${ledgers.join(', ')}.`)
  if (!/^(0|[1-9][0-9]{0,14})$/.test(after))
    throw new BulkheadError('malformed_request', 'Export: "after" is the sequence number of the last record you have.')
  return { ledger, after: Number(after) }
}

const unavailable = () =>
  new BulkheadError('ledger_unavailable', 'The ledger does not answer. Ask again, after the last record you have.')

const readPage = (ledger: Ledger, after: number): Promise<LedgerPage> =>
  within(READ_DEADLINE_MS, ledger.read(after, PAGE_RECORDS), unavailable)

/** `first` has been read already: a ledger that is down is a refusal then, not an answer that breaks off. */
const linesOf = (ledger: Ledger, first: LedgerPage, last: number): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  let page: LedgerPage | undefined = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (page === undefined) return controller.close()
        const records = page.records.filter((record) => record.seq <= last)
        const next: number | undefined = page.next
        if (records.length > 0)
          controller.enqueue(encoder.encode(records.map((record) => `${JSON.stringify(record)}\n`).join('')))
        page = next === undefined || next >= last ? undefined : await readPage(ledger, next)
        if (page === undefined) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

export const auditExport = ({ config, ports }: AuditExportOptions): Handler<HttpEnv> => {
  const names = [GATEWAY_LEDGER, ...Object.keys(config.clusters)]
  return async function auditExport(c) {
    const { ledger: name, after } = parseQuery(c.req.url, names)
    await recordOperator(ports, callerOf(c), `export ledger ${name} after ${after}`)
    const ledger = ports.ledgers.ledger(name)
    const { seq: last, head } = await within(READ_DEADLINE_MS, ledger.status(), unavailable)
    const first = await readPage(ledger, after)
    return c.body(linesOf(ledger, first, last), 200, {
      'content-type': NDJSON_TYPE,
      [HEAD_HEADER]: `${name}=${last}:${head}`,
    })
  }
}
