/**
 * Redacts a log that arrives in pieces. The newest bytes are kept, up to a bound, and scanned as one text at the end, so
 * that where the pieces were cut cannot matter: redact(split anywhere) = redact(whole). What is dropped is looked at only
 * for private keys that begin in it, because their rest would have no beginning to be known by.
 */
import type { Clean } from './clean.ts'
import { type ScrubRules, scrub } from './scrub.ts'

export interface LogText {
  readonly text: Clean
  readonly redactions: number
  readonly hidden: number
  /** Older lines were dropped. */
  readonly cut: boolean
}

export interface LogRedactor {
  push(chunk: Uint8Array): void
  /** Once. */
  end(): LogText
}

const NEWLINE = 0x0a
/** Longer than any marker of a private key, so that one across two pieces is seen. */
const MARKER_ROOM = 160
/** As in pem.ts, but for the last one in a stretch. */
const MARKERS = /-{4,5}(BEGIN|END)(?: |\+|%20)(?:[A-Z0-9]{1,16}(?: |\+|%20)){0,3}PRIVATE(?: |\+|%20)KEY/g

/** Follows bytes that are dropped, in order, and knows whether a private key is open where they end. */
class KeyTracker {
  open = false
  #carry = ''
  readonly #decoder = new TextDecoder('latin1')

  drop(bytes: Uint8Array): void {
    const text = this.#carry + this.#decoder.decode(bytes)
    for (const match of text.matchAll(MARKERS)) this.open = match[1] === 'BEGIN'
    // Seen twice, a marker says the same twice.
    this.#carry = text.slice(-MARKER_ROOM)
  }
}

/** `logBytes`: bytes of the log that are kept; twice as many and one chunk are held at most. */
export const createLogRedactor = (rules: ScrubRules, logBytes: number): LogRedactor => {
  const kept = new Uint8Array(logBytes * 2)
  const tracker = new KeyTracker()
  let length = 0
  let cut = false

  const dropUpTo = (end: number): void => {
    if (end === 0) return
    cut = true
    tracker.drop(kept.subarray(0, end))
    kept.copyWithin(0, end, length)
    length -= end
  }

  return {
    push(chunk) {
      // Piece by piece, so that a chunk of any size needs no more room than any other.
      for (let at = 0; at < chunk.length; ) {
        if (length === kept.length) dropUpTo(length - logBytes)
        const piece = chunk.subarray(at, at + kept.length - length)
        kept.set(piece, length)
        length += piece.length
        at += piece.length
      }
    },
    end() {
      if (length > logBytes) dropUpTo(length - logBytes)
      // The first line lost its beginning, unless it is all there is.
      const firstEnd = cut ? kept.subarray(0, length).indexOf(NEWLINE) : -1
      if (firstEnd >= 0 && firstEnd < length - 1) dropUpTo(firstEnd + 1)
      const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(kept.subarray(0, length))
      const { text: clean, redactions, hidden } = scrub(text, rules, { isLog: true, insideKey: tracker.open })
      return { text: clean, redactions, hidden, cut }
    },
  }
}

/** Reads the stream to its end. Rejects as the stream does; nothing of it is returned then. */
export const redactLog = async (
  stream: ReadableStream<Uint8Array>,
  rules: ScrubRules,
  logBytes: number,
): Promise<LogText> => {
  const redactor = createLogRedactor(rules, logBytes)
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) redactor.push(next.value)
  } finally {
    reader.releaseLock()
  }
  return redactor.end()
}
