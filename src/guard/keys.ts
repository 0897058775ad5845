/**
 * Every key that Bulkhead needs, derived from the one master key (HKDF-SHA-256, RFC 5869), each for one purpose, so that
 * none can be used in the place of another and one secret is all that an operator keeps.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { BulkheadError } from '../errors.ts'
import { bytesOfBase64 } from './base64.ts'

const KEY_BYTES = 32

export interface DerivedKeys {
  /** Seals cursors. */
  readonly cursors: Uint8Array
  /** Keys the marks that stand for masked values. */
  readonly marks: Uint8Array
  /** Seals what a plan would do. */
  readonly plans: Uint8Array
  /** Seals the state that a client carries from a question to its answer. */
  readonly states: Uint8Array
  /** Seals the console's cookies. */
  readonly sessions: Uint8Array
  /** Keys the console's CSRF tokens. */
  readonly csrf: Uint8Array
  /** Keys the ids of reports. */
  readonly reports: Uint8Array
  /** The seed of the key that signs checkpoints. */
  readonly checkpoints: Uint8Array
}

const decode = (text: string): Uint8Array | undefined => {
  const trimmed = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(trimmed))
    return Uint8Array.from(trimmed.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined
  const bytes = bytesOfBase64(trimmed)
  return bytes.length === KEY_BYTES ? bytes : undefined
}

/** `master`: 32 bytes as base64 or hexadecimal. Throws `not_ready` otherwise, never quoting it. */
export const deriveKeys = (master: string, secretName: string): DerivedKeys => {
  const bytes = decode(master)
  if (bytes === undefined)
    throw new BulkheadError(
      'not_ready',
      'Bulkhead is not configured completely. The operator finds the reason in the log.',
      {
        detail: `masterKey: the secret ${secretName} is not 32 bytes in base64 or hexadecimal; make one with: openssl rand -base64 32`,
      },
    )
  const derive = (purpose: string) =>
    hkdf(sha256, bytes, undefined, new TextEncoder().encode(`bulkhead/v1/${purpose}`), KEY_BYTES)
  return {
    cursors: derive('cursors'),
    marks: derive('marks'),
    plans: derive('plans'),
    states: derive('states'),
    sessions: derive('sessions'),
    csrf: derive('csrf'),
    reports: derive('reports'),
    checkpoints: derive('checkpoints'),
  }
}
