/**
 * Pages into one answer: as many as the limit asks for, and never more than fits. The API server gives pages of its own
 * size, a cursor continues only behind a whole page, and text that is cut loses rows for good; so what does not fit is
 * not taken, and the cursor always continues exactly where the answer ends.
 */

import { bytesOf } from '../../kube/text.ts'
import type { Views } from '../../tool.ts'

/** Pages of one answer: `MAX_LIMIT` rows in the smallest page that the client knows (objects, 100). */
const MAX_PAGES = 5
/** How often a first page is asked for again because it was too long. */
const MAX_SHORTER = 3
/** Of the budget: what marks, the envelope, notes and a cursor take is left free. */
const ROOM_SHARE = 0.85
/** Rows differ in length: the second attempt aims below what would just fit. */
const AIM = 0.9

/** Bytes that a tool may fill with cluster text. */
export const roomOf = (views: Pick<Views, 'limits'>): number => Math.floor(views.limits.maxBytes * ROOM_SHARE)

interface AnyPage {
  readonly cursor?: string
  readonly remaining?: number
}

/** What a tool made of pages. `shortened`: cells that were cut, for the caller to be told of. */
export interface Rendered {
  readonly text: string
  readonly shortened: number
}

export interface Collected extends Rendered {
  readonly rows: number
  /** Absent: this was all. */
  readonly cursor?: string
  readonly remaining?: number
}

export interface Collection<P extends AnyPage> {
  readonly limit: number
  readonly cursor: string | undefined
  readonly room: number
  fetch(query: { limit: number; cursor?: string }): Promise<P>
  rowsOf(page: P): number
  render(pages: readonly P[]): Rendered
}

export const collectPages = async <P extends AnyPage>(collection: Collection<P>): Promise<Collected> => {
  const { room, fetch, rowsOf, render } = collection
  let { limit, cursor } = collection
  let pages: readonly P[] = []
  let collected: Collected | undefined
  let shorter = 0
  while (pages.length < MAX_PAGES) {
    const taken = collected?.rows ?? 0
    const page = await fetch({ limit: limit - taken, ...(cursor === undefined ? {} : { cursor }) })
    const rows = taken + rowsOf(page)
    const rendered = render([...pages, page])
    const bytes = bytesOf(rendered.text)
    if (bytes > room && collected !== undefined) return collected
    if (bytes > room && rows > 1 && shorter < MAX_SHORTER) {
      shorter += 1
      limit = Math.max(1, Math.floor((rows * room * AIM) / bytes))
      continue
    }
    pages = [...pages, page]
    collected = {
      ...rendered,
      rows,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      ...(page.remaining === undefined ? {} : { remaining: page.remaining }),
    }
    cursor = page.cursor
    if (cursor === undefined || rows >= limit) return collected
  }
  return collected ?? { text: '', shortened: 0, rows: 0 }
}

/** How many rows these are, and how to get the others: `of` is the cluster, where there are several. Our words and numbers only. */
export const pageNote = ({ rows, cursor, remaining }: Collected, isFirst: boolean, of?: string): string => {
  if (cursor !== undefined) {
    const more = remaining === undefined ? 'more' : `about ${remaining} more`
    return `${rows} shown, ${more}: repeat the call with ${of === undefined ? '' : `cluster ${of} and `}cursor ${cursor}`
  }
  if (rows === 0) return isFirst ? 'Nothing found.' : 'Nothing more.'
  return isFirst ? `${rows} shown, complete.` : `${rows} shown, the last page.`
}
