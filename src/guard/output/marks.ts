/**
 * The mark that stands for a masked value: HMAC-SHA-256 under a key of the deployment, cut to 32 bits. Equal values have
 * equal marks, so that a reader sees that two places hold the same password; nobody without the key can test a guess
 * against a mark (RFC 2104), and 32 bits hold too little of the value to give any of it away.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** 2^32 marks: two of a thousand values look alike in one deployment of ten thousand. More digits only cost tokens. */
const MARK_BYTES = 4
/** Shorter keys could be guessed offline from one known value and its mark. */
const MIN_KEY_BYTES = 16

/** `[masked:6f3a2b1c]`, or `[masked:6f3a2b1c 24B]` where the length is told. */
const GRAMMAR = '\\[masked:[0-9a-f]{8}(?: [0-9]{1,10}B)?\\]'

/** Finds a mark anywhere. Linear: no part of it can be read in two ways. */
export const MARK = new RegExp(GRAMMAR)
/** The longest text that `MARK` matches. */
export const MAX_MARK_LENGTH = '[masked:00000000 0000000000B]'.length

const WHOLE_MARK = new RegExp(`^${GRAMMAR}$`)

/** True when `text` holds a mark: writing it back would destroy what the mark hides (THREATS.md, rails). */
export const carriesMark = (text: string): boolean => MARK.test(text)

/** True when `text` is one mark and nothing else. */
export const isMark = (text: string): boolean => WHOLE_MARK.test(text)

/** `bytes`: the value's length, where it may be told. */
export type Marker = (value: string, bytes?: number) => string

/** Throws RangeError for a key under 16 bytes. */
export const createMarker = (key: Uint8Array): Marker => {
  if (key.length < MIN_KEY_BYTES)
    throw new RangeError(`Make marks: the key has ${key.length} bytes, fewer than ${MIN_KEY_BYTES}`)
  const keyed = hmac.create(sha256, key)
  const encoder = new TextEncoder()
  return (value, bytes) => {
    const digest = keyed.clone().update(encoder.encode(value)).digest()
    return `[masked:${bytesToHex(digest.subarray(0, MARK_BYTES))}${bytes === undefined ? '' : ` ${bytes}B`}]`
  }
}
