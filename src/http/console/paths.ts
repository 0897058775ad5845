/** Where the console's parts are, and what may be gone to after a sign-in. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { STYLE } from './style.ts'

/** Named by its content, so that it may be kept for good. */
export const STYLE_PATH = `/console/style-${bytesToHex(sha256(utf8ToBytes(STYLE))).slice(0, 12)}.css`

/** A page of the console and nothing else: a sign-in must not become a way to anywhere (open redirect). */
export const nextPath = (wanted: string | undefined): string =>
  wanted !== undefined && /^\/console(\/[A-Za-z0-9/_-]*)?$/.test(wanted) && !wanted.includes('//') ? wanted : '/console'
