/**
 * The lines of a log that a pattern matches, with the lines around them, while the log streams by: the newest are kept,
 * up to a bound, so that what a log costs in memory does not depend on its length. Groups of lines that do not follow
 * each other are parted by `--`, as grep does.
 */
import { asClean, type Clean } from './clean.ts'
import { createLineReader, TOO_LONG } from './lines.ts'
import { MARK } from './marks.ts'
import type { LinePattern } from './pattern.ts'
import type { ScrubRules } from './scrub.ts'

export interface Search {
  readonly pattern: LinePattern
  /** Lines shown before and behind each match. */
  readonly context: number
}

export interface FoundLines {
  readonly text: Clean
  /** Marks in the text. */
  readonly redactions: number
  /** In all of the log. */
  readonly hidden: number
  /** Older matches were dropped. */
  readonly cut: boolean
  /** Lines looked at, and those that match. */
  readonly lines: number
  readonly matches: number
}

/** How much of the front is forgotten before the array is made anew. */
const COMPACT_AT = 4096
const MARKS = new RegExp(MARK.source, 'g')
const utf8 = new TextEncoder()

/** The newest lines of which all together have at most `maxBytes`; always the last one. */
const createNewest = (maxBytes: number) => {
  let lines: { readonly line: string; readonly bytes: number }[] = []
  let from = 0
  let held = 0
  let cut = false
  return {
    add(line: string): void {
      const bytes = utf8.encode(line).length + 1
      lines.push({ line, bytes })
      held += bytes
      while (held > maxBytes && from < lines.length - 1) {
        held -= lines[from]?.bytes ?? 0
        from += 1
        cut = true
      }
      if (from >= COMPACT_AT) {
        lines = lines.slice(from)
        from = 0
      }
    },
    all: (): readonly string[] => lines.slice(from).map(({ line }) => line),
    get cut() {
      return cut
    },
  }
}

const PARTED = '--'

/** Reads the stream to its end. Rejects as the stream does; nothing of it is returned then. */
export const searchLog = async (
  stream: ReadableStream<Uint8Array>,
  rules: ScrubRules,
  maxBytes: number,
  { pattern, context }: Search,
): Promise<FoundLines> => {
  const newest = createNewest(maxBytes)
  /** The lines before this one that were not shown, `context` at most. */
  let before: string[] = []
  /** Lines still to be shown behind the last match. */
  let after = 0
  let lines = 0
  let matches = 0
  /** Number of the last line that was shown. */
  let shown = 0

  const reader = createLineReader(rules, (line) => {
    lines += 1
    // A line that was left out may be one that was looked for: it is shown, and says what it is.
    const isMatch = line === TOO_LONG || pattern.test(line)
    if (!isMatch && after === 0) {
      before.push(line)
      if (before.length > context) before.shift()
      return
    }
    if (isMatch) {
      matches += 1
      if (context > 0 && shown > 0 && lines - before.length > shown + 1) newest.add(PARTED)
      for (const earlier of before) newest.add(earlier)
      before = []
    }
    newest.add(line)
    shown = lines
    after = isMatch ? context : after - 1
  })

  const source = stream.getReader()
  try {
    for (let next = await source.read(); !next.done; next = await source.read()) reader.push(next.value)
  } finally {
    source.releaseLock()
  }
  reader.end()
  const text = newest.all().join('\n')
  return {
    text: asClean(text),
    redactions: text.match(MARKS)?.length ?? 0,
    hidden: reader.hidden,
    cut: newest.cut,
    lines,
    matches,
  }
}
