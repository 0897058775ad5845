/**
 * The hash chain of a ledger, pure: what a record is made of and how it hangs on the record before it. Whoever holds the
 * bytes of a record can compute its hash with nothing but SHA-256 and canonical JSON, without trust in the server.
 * Checking a chain is `verify.ts`.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { LedgerEntry, LedgerRecord, Millis } from '../ports.ts'
import { RECORD_VERSION } from '../ports.ts'
import { tidy } from './record.ts'

/** Far deeper than anything that we write; without a bound a hostile argument could exhaust the stack. */
const MAX_DEPTH = 64
/** The last millisecond whose RFC 3339 year has four digits: later times would not sort as text. */
const MAX_TIME: Millis = 253_402_300_799_999

const encoder = new TextEncoder()

const refuse = (what: string): never => {
  throw new TypeError(`Write canonical JSON: ${what}; strings, safe integers, booleans, null, arrays, objects only`)
}

const canonical = (value: unknown, depth: number): string => {
  if (depth > MAX_DEPTH) return refuse(`nested deeper than ${MAX_DEPTH}`)
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : refuse('a lone surrogate')
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? JSON.stringify(value) : refuse(`the number ${value}`)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') return refuse(`a value of type ${typeof value}`)
  if (Array.isArray(value)) return `[${Array.from(value, (item) => canonical(item, depth + 1)).join(',')}]`
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return refuse('an object with a class')
  const fields = value as Readonly<Record<string, unknown>>
  // Without a comparator `sort` orders by UTF-16 code units, which is what RFC 8785 section 3.2.3 asks for.
  const members = Object.keys(fields)
    .sort()
    .map((key) => `${canonical(key, depth)}:${canonical(fields[key], depth + 1)}`)
  return `{${members.join(',')}}`
}

/** RFC 8785 for the part of JSON that records are made of. Throws a TypeError at anything else. */
export const canonicalJson = (value: unknown): string => canonical(value, 0)

/** SHA-256 over UTF-8, lower-case hexadecimal. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(encoder.encode(text)))

/** The `prev` of a ledger's first record. Each ledger has its own, so that no record fits into another one. */
export const genesisHash = (ledger: string): string => sha256Hex(`bulkhead/ledger/v${RECORD_VERSION}/${ledger}`)

/** What the next record needs to know of the last one. */
export interface Head {
  readonly seq: number
  readonly hash: string
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string
}

/** A record's hash: over the canonical JSON of everything but `hash`. */
export const recordHash = ({ hash: _, ...rest }: Readonly<Record<string, unknown>>): string =>
  sha256Hex(canonicalJson(rest))

/** The one line that a record is, in storage and in an export. */
export const recordLine = (record: LedgerRecord): string => canonicalJson(record)

/**
 * The record that follows `previous` (undefined: the ledger is empty). Bounded and on one line whatever the entry holds.
 * A clock that went backwards is held at the last record's time. Throws a TypeError where a number of the entry is not a
 * safe integer, a RangeError where `now` is no time.
 */
export const chain = (previous: Head | undefined, entry: LedgerEntry, now: Millis, ledger: string): LedgerRecord => {
  if (!(now >= 0 && now <= MAX_TIME)) throw new RangeError(`Chain a record: the time ${now} is not a time`)
  const clock = new Date(now).toISOString()
  const rest = {
    ...tidy(entry),
    v: RECORD_VERSION,
    ledger,
    seq: (previous?.seq ?? 0) + 1,
    time: previous !== undefined && previous.time > clock ? previous.time : clock,
    prev: previous?.hash ?? genesisHash(ledger),
  }
  return { ...rest, hash: sha256Hex(canonicalJson(rest)) }
}
