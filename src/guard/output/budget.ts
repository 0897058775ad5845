/**
 * One budget for an answer, in bytes of UTF-8: what a client pays for. Cut at a line's end where there is one, never
 * inside a character or a mark.
 */
import { MARK, MAX_MARK_LENGTH } from './marks.ts'

const utf8 = new TextEncoder()

export const bytesOf = (text: string): number => utf8.encode(text).length

/** UTF-16 units of `text` that fit into `maxBytes`, on a character's boundary. */
const fitting = (text: string, maxBytes: number): number =>
  // A unit takes one byte at least: more of the text cannot fit.
  utf8.encodeInto(text.slice(0, maxBytes), new Uint8Array(maxBytes)).read

/** Steps back out of a mark that would be cut in two. */
const outsideMark = (text: string, at: number): number => {
  const from = Math.max(0, at - MAX_MARK_LENGTH + 1)
  const around = text.slice(from, at + MAX_MARK_LENGTH)
  for (let open = around.indexOf('['); open >= 0 && from + open < at; open = around.indexOf('[', open + 1)) {
    const mark = MARK.exec(around.slice(open))
    if (mark !== null && mark.index === 0 && from + open + mark[0].length > at) return from + open
  }
  return at
}

/** The longest beginning of `text` that fits; whole lines if at least one does. */
export const fitTo = (text: string, maxBytes: number): string => {
  const end = fitting(text, Math.max(0, maxBytes))
  if (end === text.length) return text
  // The line that ends exactly here is whole.
  const lineEnd = text[end] === '\n' ? end : text.lastIndexOf('\n', end - 1)
  return text.slice(0, lineEnd > 0 ? lineEnd : outsideMark(text, end))
}

export const countLines = (text: string): number => {
  if (text === '') return 0
  let lines = text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
