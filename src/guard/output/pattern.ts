/**
 * A caller's pattern over log lines: RE2's syntax, matched in time linear in the line, whatever the pattern. It sees the
 * redacted line and nothing else: matched against the raw one, an answer of "no line" would tell what a masked value is
 * not, and a few dozen such answers would spell it out.
 */
import { RE2JS } from 're2js'
import { BulkheadError } from '../../errors.ts'

/** A screen's line. */
export const MAX_PATTERN_LENGTH = 256
/** Instructions: a line costs this much for each of its characters at worst, and `(a{100}){100}` would be 10,000. */
const MAX_PROGRAM = 1_000

export interface LinePattern {
  test(line: string): boolean
}

const refused = (why: string) =>
  new BulkheadError(
    'invalid_arguments',
    `The pattern in match ${why}. It takes RE2's syntax, such as (?i)error|timeout.`,
  )

/** Throws `invalid_arguments`. The message does not repeat the pattern: the caller has it. */
export const compilePattern = (source: string): LinePattern => {
  if (source === '' || source.length > MAX_PATTERN_LENGTH)
    throw refused(`must have 1 to ${MAX_PATTERN_LENGTH} characters`)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(source)
  } catch {
    throw refused('cannot be read: RE2 knows no look-around and no back-references')
  }
  if (compiled.programSize() > MAX_PROGRAM) throw refused('is too large: its repetitions multiply')
  return { test: (line) => compiled.test(line) }
}
