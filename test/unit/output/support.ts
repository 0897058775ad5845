/** What the tests of the one door share. Every secret here is made up at run time. */
import { createOutput, type OutputOptions } from '../../../src/guard/output/index.ts'
import { createMarker, MARK } from '../../../src/guard/output/marks.ts'
import type { ScrubRules } from '../../../src/guard/output/scrub.ts'
import { scrub } from '../../../src/guard/output/scrub.ts'

export const MARK_KEY = new Uint8Array(32).fill(7)
export const mark = createMarker(MARK_KEY)
export const rules: ScrubRules = { mark, personalData: 'mask' }

/** Different at each call, the same in each run. */
export const countingRandom = (): ((bytes: number) => Uint8Array) => {
  let next = 1
  return (bytes) => Uint8Array.from({ length: bytes }, (_, at) => (next++ * 89 + at * 13) % 256)
}

export const outputWith = (options: Partial<OutputOptions> = {}) =>
  createOutput({
    markKey: MARK_KEY,
    random: countingRandom(),
    maxBytes: 48_000,
    logBytes: 100_000,
    personalData: 'mask',
    ...options,
  })

export const scrubbed = (text: string, isLog = false): string => scrub(text, rules, { isLog }).text

/** The text with every mark as `█`, to read expectations without hashes. */
export const masked = (text: string, isLog = false): string =>
  scrubbed(text, isLog).replace(new RegExp(MARK.source, 'g'), '█')

/** 64 characters a line, as PEM has it; not a key of anything. */
export const keyBody = (lines: number): string[] =>
  Array.from({ length: lines }, (_, line) => `${'MIIEowIBAAKCAQEAx7Yk'}${line}`.repeat(4).slice(0, 64))

export const pem = (lines = 6): string =>
  [`-----BEGIN ${'RSA PRIVATE'} KEY-----`, ...keyBody(lines), 'q1W2e3==', `-----END ${'RSA PRIVATE'} KEY-----`].join(
    '\n',
  )

export const base64Url = (text: string): string =>
  btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

export const jwt = (subject = 'system:serviceaccount:shop:web'): string =>
  [
    base64Url('{"alg":"RS256","kid":"a1"}'),
    base64Url(JSON.stringify({ sub: subject })),
    base64Url('a signature of nothing'),
  ].join('.')

/** Forty characters of the alphabet that most providers use. */
export const BODY = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0'

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
