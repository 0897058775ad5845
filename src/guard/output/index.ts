/**
 * The one door (DESIGN.md, idea 2): every byte that goes to a model, a page, a webhook's target, a log line or an error
 * passes here. On the way in from the cluster, objects, tables and logs are redacted by structure; on the way out every
 * text is scanned again, enclosed where it is the cluster's, and cut to the budget. Counts of one call add up in its
 * session. What leaves is `Clean`, which nothing outside this room can make.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { BulkheadError, type ErrorCode } from '../../errors.ts'
import type { Answer, KubeObject, LogAnswer, ResourceType, TablePage } from '../../tool.ts'
import { bytesOf, countLines, fitTo } from './budget.ts'
import { asClean, type Clean } from './clean.ts'
import { createEnvelope, defang } from './envelope.ts'
import type { JsonObject } from './kinds.ts'
import { createMarker } from './marks.ts'
import { hideAgain } from './pair.ts'
import { type ScrubRules, scrub } from './scrub.ts'
import { type Search, searchLog } from './search.ts'
import { redactLog } from './stream.ts'
import { maskLeaves, type RedactContext, type Redacted, redactObject } from './structure.ts'
import { countSuspicious, suspicionNote } from './suspicion.ts'
import { redactTable } from './table.ts'

export type { Clean } from './clean.ts'
export { carriesMark, MARK } from './marks.ts'
export { compilePattern } from './pattern.ts'
export type { Search } from './search.ts'
export { countSuspicious } from './suspicion.ts'

export interface OutputOptions {
  /** At least 16 bytes, kept as long as marks should stay comparable. */
  readonly markKey: Uint8Array
  /** Cryptographically strong random bytes. */
  random(bytes: number): Uint8Array
  /** One answer's text and structure together, bytes of UTF-8; at least 2,000 (config.ts). */
  readonly maxBytes: number
  /** What is kept of a log, bytes. */
  readonly logBytes: number
  readonly personalData: 'mask' | 'pass'
}

/** What was taken out, for the ledger's outcome record. */
export interface Counts {
  readonly redactions: number
  readonly hidden: number
  /** Passages of cluster text that read like instructions to a model: told and counted, and nothing hangs on it (L1-4). */
  readonly suspicious: number
}

/** A reply, ready to leave. The counts are those of the whole session up to here. */
export interface Reply extends Counts {
  readonly text: Clean
  readonly structured?: Readonly<Record<string, unknown>>
  /** Of text and structure, UTF-8. */
  readonly bytes: number
  /** Cluster text was left out because of the budget; the text says so. */
  readonly cut: boolean
  /** SHA-256 of the text, hex. */
  readonly digest: string
}

export interface ErrorReply extends Reply {
  readonly code: ErrorCode
  readonly retryable: boolean
}

/** One call's way in and out. */
export interface OutputSession {
  /** `type`: as discovery knows it; an object of unknown kind is treated as a Secret. */
  object(object: KubeObject, type?: Pick<ResourceType, 'kind'>): KubeObject
  /** What would become of `live`, beside it: what is masked there stays masked here, wherever a change puts it. */
  changed(live: KubeObject, admitted: KubeObject, type: Pick<ResourceType, 'kind'>): KubeObject
  table(page: TablePage, type?: Pick<ResourceType, 'kind'>): TablePage
  /** Rejects as the stream does. With `search`, the lines that it finds. */
  log(stream: ReadableStream<Uint8Array>, search?: Search): Promise<LogAnswer & { readonly text: Clean }>
  /** Throws `answer_too_large` when the structured part alone exceeds the budget: it cannot be cut and stay valid. */
  answer(answer: Answer): Reply
  /** `code: sentence`, and the error's `untrusted` enclosed below it; its `detail` is in neither. */
  error(error: BulkheadError): ErrorReply
  /** Any text, scanned, its lines kept. `limit`: characters; what is beyond is dropped. */
  text(text: string, limit?: number): { readonly text: Clean; readonly cut: boolean }
  /** Any JSON that is no Kubernetes object, its strings scanned. */
  values<T>(value: T): T
  /** Every string and number in it becomes a mark: for values that are secret by where they stand. */
  masked(values: JsonObject): JsonObject
  counts(): Counts
}

export type LineValue = string | number | boolean | undefined

export interface Output {
  session(): OutputSession
  /** A structured log line: values scrubbed, each on one line and bounded; undefined ones left out. */
  line(record: Readonly<Record<string, LineValue>>): Record<string, Clean | number | boolean>
}

/** A sentence with a code needs a tenth of this. */
const MAX_ERROR_BYTES = 1024
/** A score of names; kube/ lists no more than fit here. */
const MAX_ERROR_NAMES_BYTES = 8192
/** A value in a log line: enough for an error's words, not for an object. */
const MAX_LINE_VALUE_BYTES = 2048
/** Room that structure and notes leave for cluster text, so that an answer is never notes alone. */
const MIN_TEXT_BYTES = 512
/** Room for the sentence that says what was cut. */
const CUT_NOTE_BYTES = 200

const oneLine = (text: string): string =>
  text
    .split(/[\n\t]/)
    .map((part) => part.trim())
    .join(' ')
    .trim()

const withoutLastNewlines = (text: string): string => {
  let end = text.length
  while (end > 0 && text[end - 1] === '\n') end -= 1
  return text.slice(0, end)
}

const cutNote = (shown: number, total: number, maxBytes: number): string =>
  `Cut to ${maxBytes} bytes: ${shown} of ${total} lines are shown. Ask for less to see the rest: a namespace, a selector, fields or a smaller limit.`

export const createOutput = (options: OutputOptions): Output => {
  const { maxBytes, logBytes, random } = options
  const rules: ScrubRules = { mark: createMarker(options.markKey), personalData: options.personalData }

  const session = (): OutputSession => {
    let redactions = 0
    let hidden = 0
    let suspicious = 0
    const count = (counts: Omit<Counts, 'suspicious'>): void => {
      redactions += counts.redactions
      hidden += counts.hidden
    }
    const take = <T>(redacted: Redacted<T>): T => {
      count(redacted)
      return redacted.value
    }
    const context = (type?: Pick<ResourceType, 'kind'>): RedactContext => ({
      ...rules,
      maxString: maxBytes,
      ...(type === undefined ? {} : { kind: type.kind }),
    })
    /** Our own words, on one line: scanned like everything else, because a value may have slipped into them. */
    const sentence = (text: string, limit: number): string => {
      const scrubbed = scrub(oneLine(text), rules, { limit })
      count(scrubbed)
      return fitTo(defang(oneLine(scrubbed.text)), limit)
    }
    const reply = (text: string, structuredBytes: number, cut: boolean): Reply => {
      const bytes = new TextEncoder().encode(text)
      return {
        text: asClean(text),
        bytes: bytes.length + structuredBytes,
        redactions,
        hidden,
        suspicious,
        cut,
        digest: bytesToHex(sha256(bytes)),
      }
    }
    /** Whole notes, in order, as long as they fit. */
    const notesWithin = (notes: readonly string[], room: number): string[] => {
      const kept: string[] = []
      let left = room
      for (const note of notes) {
        const line = sentence(note, maxBytes)
        const bytes = bytesOf(line) + 1
        if (bytes > left) break
        left -= bytes
        if (line !== '') kept.push(line)
      }
      return kept
    }
    const enclosed = (untrusted: string, room: number): { lines: string[]; cut: boolean } => {
      const scrubbed = scrub(untrusted, rules, { limit: maxBytes })
      count(scrubbed)
      const text = withoutLastNewlines(defang(scrubbed.text))
      const envelope = createEnvelope(random, text)
      const found = countSuspicious(text)
      const advice = found === 0 ? 0 : bytesOf(suspicionNote(found)) + 1
      const frame = bytesOf(envelope.open) + bytesOf(envelope.close) + 3 + advice
      const whole = scrubbed.dropped === 0 && bytesOf(text) + frame <= room
      const shown = whole ? text : fitTo(text, room - frame - CUT_NOTE_BYTES)
      const lines = [envelope.open, shown, envelope.close]
      if (!whole) lines.push(cutNote(countLines(shown), countLines(untrusted), maxBytes))
      const passages = whole || found === 0 ? found : countSuspicious(shown)
      if (passages > 0) lines.push(suspicionNote(passages))
      suspicious += passages
      return { lines, cut: !whole }
    }

    return {
      object: (object, type) => take(redactObject(object, context(type))),
      changed(live, admitted, type) {
        const side = (raw: KubeObject, shown: KubeObject) => ({ raw: raw as JsonObject, shown: shown as JsonObject })
        const before = side(live, redactObject(live, context(type)).value)
        return hideAgain(before, side(admitted, take(redactObject(admitted, context(type)))), rules.mark) as KubeObject
      },
      text(text, limit = maxBytes) {
        const scrubbed = scrub(text, rules, { limit })
        count(scrubbed)
        return { text: scrubbed.text, cut: scrubbed.dropped > 0 }
      },
      values: (value) => take(redactObject({ value } as KubeObject, context({ kind: 'Answer' }))).value as typeof value,
      masked(values) {
        const masked = maskLeaves(values, context())
        count(masked)
        return masked.value
      },
      table: (page, type) => take(redactTable(page, context(type))),
      async log(stream, search) {
        if (search !== undefined) {
          const { text, cut, lines, matches, ...counts } = await searchLog(stream, rules, logBytes, search)
          count(counts)
          return { text, cut, found: { lines, matches } }
        }
        const { text, cut, ...counts } = await redactLog(stream, rules, logBytes)
        count(counts)
        return { text, cut }
      },
      answer({ untrusted, notes = [], structured }) {
        // `Answer` is no kind of Kubernetes: nothing in it is a Secret's data.
        const clean = structured === undefined ? undefined : take(redactObject(structured, context({ kind: 'Answer' })))
        const structuredBytes = clean === undefined ? 0 : bytesOf(JSON.stringify(clean))
        const room = maxBytes - structuredBytes
        if (room < MIN_TEXT_BYTES * 2) {
          throw new BulkheadError(
            'answer_too_large',
            `The answer's structure has ${structuredBytes} bytes, the budget is ${maxBytes}: ask for less, such as one namespace or a smaller limit.`,
          )
        }
        const lines = notesWithin(notes, room - MIN_TEXT_BYTES)
        const left = room - lines.reduce((sum, line) => sum + bytesOf(line) + 1, 0)
        const cluster = untrusted === undefined || untrusted === '' ? undefined : enclosed(untrusted, left)
        const text = [...(cluster?.lines ?? []), ...lines].join('\n')
        return {
          ...reply(text, structuredBytes, cluster?.cut === true),
          ...(clean === undefined ? {} : { structured: clean }),
        }
      },
      error(error) {
        const text = sentence(`${error.code}: ${error.message}`, MAX_ERROR_BYTES)
        const names = error.untrusted === undefined ? [] : enclosed(error.untrusted, MAX_ERROR_NAMES_BYTES).lines
        return { ...reply([text, ...names].join('\n'), 0, false), code: error.code, retryable: error.retryable }
      },
      counts: () => ({ redactions, hidden, suspicious }),
    }
  }

  return {
    session,
    line(record) {
      const line: Record<string, Clean | number | boolean> = {}
      for (const [key, value] of Object.entries(record)) {
        if (value === undefined) continue
        if (typeof value !== 'string') line[key] = value
        else {
          const { text } = scrub(value, rules, { limit: MAX_LINE_VALUE_BYTES })
          line[key] = asClean(fitTo(oneLine(text), MAX_LINE_VALUE_BYTES))
        }
      }
      return line
    },
  }
}
