/**
 * Every secret in a text, by shape: the one list of detectors. Synchronous, without state, linear: each detector reads
 * the text a bounded number of times (test/unit/output/linear.test.ts counts it on inputs made to be worst for each).
 */
import { findBareKeys } from './bare-keys.ts'
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

type Detector = (text: string, view: string, options: ScanOptions) => readonly Finding[]

/** By the name under which docs/output.md gives their rates. */
const detectors: readonly (readonly [name: string, find: Detector])[] = [
  ['private keys', (text, _, { insideKey }) => findPrivateKeys(text, insideKey)],
  ['private keys without armour', findBareKeys],
  ['credentials in URLs', findUrlCredentials],
  ['values beside a name', findKeyedValues],
  ['command lines and files', (_, view) => findCommandCredentials(view)],
  ['JSON Web Tokens', (_, view) => findJsonWebTokens(view)],
  ['tokens by shape', (_, view) => findShapes(view)],
  ['tokens by shape, secretlint', (_, view) => findBySecretlint(view)],
]

const findEncoded = (text: string, view: string, depth: number): readonly Finding[] =>
  depth < MAX_DEPTH ? findWrapped(text, view, (inner) => scan(inner, depth + 1, {}).length > 0) : []

const scan = (text: string, depth: number, options: ScanOptions): Finding[] => {
  const view = withoutEscapes(text)
  const findings = detectors.flatMap(([, find]) => find(text, view, options))
  findings.push(...findEncoded(text, view, depth))
  return findings
}

/** What each detector alone finds: for the figures of docs/output.md, which say who masks what is harmless. */
export const findByDetector = (text: string): readonly (readonly [name: string, findings: readonly Finding[]])[] => {
  const view = withoutEscapes(text)
  return [
    ...detectors.map(([name, find]) => [name, find(text, view, {})] as const),
    ['encoded', findEncoded(text, view, 0)],
  ]
}

/** True when the door would mask part of `text`: for random text of our own that has to leave whole. */
export const looksSecret = (text: string): boolean => scan(text, 0, {}).length > 0

/** Sorted, without overlaps. */
export const findSecrets = (text: string, options: ScanOptions = {}): Finding[] => mergeFindings(scan(text, 0, options))
