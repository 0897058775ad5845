/**
 * A log of any length as redacted lines, in bounded memory. Lines are handed on only after the scan saw them with what
 * stands around them, so that a private key over many lines or a value under its name is known as in a whole text.
 *
 * Where the stream was cut cannot matter: stretches begin and end at places that the text decides (the last line end
 * within `STRETCH`), never where a chunk ended; what is looked at around them is counted in characters of the text.
 * A finding that begins in a stretch is masked whole, and the next stretch begins behind it. `LOOKAHEAD` (scrub.ts) is as
 * long as the longest block that the scan knows as one, a private key.
 */
import { cleanCharacters } from './characters.ts'
import { LOOKAHEAD, type ScrubRules, scrubPart } from './scrub.ts'

/** Long enough that the scan of what stands around it is a third of the work; some 400 KB are held at most. */
const STRETCH = 128_000
/** Longer lines are left out with a word in their place: half of one cannot be scanned as the whole would be. */
export const MAX_LINE = 64_000
export const TOO_LONG = `[a line of more than ${MAX_LINE} characters: left out]`

export interface LineReader {
  push(chunk: Uint8Array): void
  /** Once. */
  end(): void
  /** Hidden characters taken out so far. */
  readonly hidden: number
}

/** `size`: characters of a stretch. Tests make it small. */
export const createLineReader = (
  rules: ScrubRules,
  onLine: (line: string) => void,
  size: number = STRETCH,
): LineReader => {
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  /** Of the line that has not ended yet: raw, at most MAX_LINE. */
  let pending = ''
  let overlong = false
  /** Cleaned whole lines; before `from` is what was handed on already. */
  let text = ''
  let from = 0
  /** Redacted, of a line that a stretch did not end. */
  let open = ''
  let hidden = 0

  const take = (raw: string): void => {
    const cleaned = cleanCharacters(raw)
    hidden += cleaned.hidden
    text += cleaned.text
  }

  const hand = (redacted: string): void => {
    const lines = (open + redacted).split('\n')
    open = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }

  const scan = (upTo: number): void => {
    // In the middle of a line half a token would have no shape.
    const before = from <= LOOKAHEAD ? 0 : Math.min(from, text.indexOf('\n', from - LOOKAHEAD) + 1)
    const window = text.slice(before, upTo + LOOKAHEAD)
    const part = scrubPart(window, { from: from - before, upTo: upTo - before }, rules, { isLog: true })
    hand(part.text)
    text = text.slice(before)
    from = part.at
  }

  /** The last line end within a stretch's length, else the first one behind it. */
  const stretchEnd = (): number => {
    const last = text.lastIndexOf('\n', from + size - 1)
    const end = last >= from ? last : text.indexOf('\n', from)
    return end < 0 ? text.length : end + 1
  }

  /** Only while all is there that the end of a stretch and the look beyond it may depend on. */
  const advance = (): void => {
    while (text.length - from > size + MAX_LINE + LOOKAHEAD) scan(stretchEnd())
  }

  const read = (decoded: string): void => {
    let at = 0
    for (let end = decoded.indexOf('\n'); end >= 0; end = decoded.indexOf('\n', at)) {
      if (overlong || pending.length + end - at > MAX_LINE) take(`${TOO_LONG}\n`)
      else take(`${pending}${decoded.slice(at, end)}\n`)
      pending = ''
      overlong = false
      at = end + 1
      advance()
    }
    if (overlong || pending.length + decoded.length - at > MAX_LINE) {
      overlong = true
      pending = ''
    } else pending += decoded.slice(at)
  }

  return {
    get hidden() {
      return hidden
    },
    push: (chunk) => read(decoder.decode(chunk, { stream: true })),
    end() {
      read(decoder.decode())
      take(overlong ? TOO_LONG : pending)
      advance()
      while (from < text.length) scan(stretchEnd())
      if (open !== '') onLine(open)
    },
  }
}
