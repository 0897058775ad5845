/**
 * Makes an entry fit to be recorded: no character that could break the line, hide in it or reorder it, every string and
 * list bounded, and with them the whole. What was cut says so. Pure.
 */
import type { Caller } from '../access.ts'
import type { LedgerEntry, RecordedCaller } from '../ports.ts'
import { MAX_RECORD_STRING } from '../ports.ts'

/** A call rarely touches more; an access is about 200 bytes. */
export const MAX_RECORD_LIST = 64
/**
 * One entry's JSON, measured in UTF-16 code units. Even at three bytes a unit a record then stays below Deno KV's 64 KiB
 * a value, and a page of `MAX_LEDGER_PAGE` below the 32 MiB of a Durable Object's reply.
 */
export const MAX_ENTRY_LENGTH = 16_384
/** Ends a string that was longer than `MAX_RECORD_STRING`. */
export const CUT_MARK = '…[cut]'

/** Control, format (bidi, zero width, tags) and line-separator characters, and halves of surrogate pairs. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const tidyString = (text: string): string => {
  const bounded =
    text.length <= MAX_RECORD_STRING ? text : `${text.slice(0, MAX_RECORD_STRING - CUT_MARK.length)}${CUT_MARK}`
  return bounded.replace(UNFIT, '\uFFFD')
}

const tidyValue = (value: unknown, listLimit: number, onCut: (count: number) => void): unknown => {
  if (typeof value === 'string') return tidyString(value)
  if (Array.isArray(value)) {
    if (value.length > listLimit) onCut(value.length - listLimit)
    return value.slice(0, listLimit).map((item) => tidyValue(item, listLimit, onCut))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, tidyValue(field, listLimit, onCut)]),
  )
}

/** The entry, clean and bounded; `cut` counts the list elements that were left out. */
export const tidy = (entry: LedgerEntry): LedgerEntry & { readonly cut?: number } => {
  // Halving ends: with empty lists an entry is a dozen bounded strings.
  for (let listLimit = MAX_RECORD_LIST; ; listLimit = Math.floor(listLimit / 2)) {
    let cut = 0
    const tidied = tidyValue(entry, listLimit, (count) => {
      cut += count
    }) as LedgerEntry
    if (listLimit > 0 && JSON.stringify(tidied).length > MAX_ENTRY_LENGTH) continue
    return cut === 0 ? tidied : { ...tidied, cut }
  }
}

/** What of a caller is recorded: everything but groups and powers, which the configuration of that day tells. */
export const recordedCaller = (caller: Caller): RecordedCaller => ({
  kind: caller.kind,
  issuer: caller.issuer,
  client: caller.client,
  subject: caller.subject,
  ...(caller.owner === undefined ? {} : { owner: caller.owner }),
  ...(caller.act === undefined ? {} : { act: caller.act }),
})
