/**
 * Every secret in a text, by shape: the one list of detectors. Synchronous, without state, linear: each detector reads
 * the text a bounded number of times (test/unit/output/linear.test.ts counts it on inputs made to be worst for each).
 */
import { findCommandCredentials } from './commands.ts'
import { type Finding, mergeFindings } from './finding.ts'
import { findKeyedValues } from './keyed.ts'
import { findPrivateKeys } from './pem.ts'
import { findBySecretlint } from './secretlint.ts'
import { findShapes } from './shapes.ts'
import { findJsonWebTokens } from './tokens.ts'
import { findUrlCredentials } from './urls.ts'
import { findWrapped, MAX_DEPTH } from './wrapped.ts'

/** Escapes of JSON and URLs. They glue a letter to what follows them: `\nghp_…` would be the word `nghp_…`. */
const ESCAPES = /(?<!\\)\\+(?:u[0-9a-fA-F]{4}|[nrtbfv"'/0])|%[0-9A-Fa-f]{2}/g

/** The same text, as long, with blanks where escapes were: an offset in one is an offset in the other. */
const withoutEscapes = (text: string): string =>
  /[\\%]/.test(text) ? text.replace(ESCAPES, (found) => ' '.repeat(found.length)) : text

export interface ScanOptions {
  /** The text begins in the middle of a private key (see pem.ts). */
  readonly insideKey?: boolean
}

const scan = (text: string, depth: number, options: ScanOptions): Finding[] => {
  const view = withoutEscapes(text)
  const findings = [
    ...findPrivateKeys(text, options.insideKey),
    ...findUrlCredentials(text),
    ...findKeyedValues(text),
    ...findCommandCredentials(text),
    ...findJsonWebTokens(view),
    ...findShapes(view),
    ...findBySecretlint(view),
  ]
  if (depth < MAX_DEPTH) findings.push(...findWrapped(text, view, (inner) => scan(inner, depth + 1, {}).length > 0))
  return findings
}

/** True when the door would mask part of `text`: for random text of our own that has to leave whole. */
export const looksSecret = (text: string): boolean => scan(text, 0, {}).length > 0

/** Sorted, without overlaps. */
export const findSecrets = (text: string, options: ScanOptions = {}): Finding[] => mergeFindings(scan(text, 0, options))
