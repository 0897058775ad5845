/**
 * What a value looks like: a placeholder, a reference, a word, or something that only a machine would make. Beside a
 * telling name this decides what stays readable; without one it is the last hint there is.
 */
import { isMark } from './marks.ts'
import type { Secrecy } from './names.ts'

/** Says that there is nothing, or nothing to hide. */
const BLANK = /^(?:true|false|yes|no|on|off|null|nil|none|undefined|n\/a|-|empty|unset|not set|\[\]|\{\})$/i
/** Says what state a secret is in, or which key of a Secret holds it (`secretKey: password`), not what it is. */
const STATE =
  /^(?:required|optional|enabled|disabled|valid|invalid|expired|missing|present|absent|set|generated|rotated|revoked|unknown|ok|ready|strict|always|never|auto|automatic|default|random|found|created|updated|deleted|error|failed|failure|denied|forbidden|unauthorized|not|is|was|has|must|should|cannot|could|the|for|from|with|in|of|to|and|or|password|username)$/i
/** `$(VAR)`, `${VAR}`, `$VAR`, `{{ .Values.x }}`, `<redacted>`, `****`, `[REDACTED]`. */
const REFERENCE =
  /^(?:\$\([A-Za-z_][\w.]{0,127}\)|\$\{[A-Za-z_][^}\s]{0,127}\}|\$[A-Z_][A-Z0-9_]{0,127}|\$?\{\{[^{}]{0,256}\}\}|<[A-Za-z][\w .:-]{0,64}>|[*x•.]{3,256}|\[?(?:redacted|masked|hidden|omitted|filtered)\]?)$/i
const NUMBER = /^[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:ms|us|ns|[smhd]|[KMGT]i?B?|%)?$/
const PATH = /^(?:\.{0,2}\/|[A-Z]:\\|file:\/\/)[\w./@:\\-]{1,1024}$/
/** RFC 1123 names, alone or behind a namespace. */
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const NAMESPACED_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

/** True when `value` holds nothing that could be a secret: a blank, a mark, a reference to where the secret is. */
export const isPlaceholder = (value: string): boolean =>
  value === '' || BLANK.test(value) || REFERENCE.test(value) || isMark(value)

/** Bits per character, of what is there (Shannon). */
const entropyOf = (text: string): number => {
  // Other characters than ASCII count as one: credentials have none.
  const counts = new Uint16Array(129)
  for (let at = 0; at < text.length; at += 1) {
    const slot = Math.min(text.charCodeAt(at), 128)
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** Names a file, and shows nothing of its content. A segment that looks random makes it something else. */
const isPath = (value: string): boolean =>
  PATH.test(value) &&
  !value.split(/[/\\]/).some((part) => part.length >= 16 && /[A-Z]/.test(part) && /[0-9]/.test(part))

/** Measured at most this far: a long value is judged by its beginning. */
const JUDGED = 256
const TOKEN = /^[A-Za-z0-9+/=_.~%:-]+$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Looks made by a machine to be unguessable; `name` says nothing. Digests, UUIDs, names and paths are not meant. */
export const looksRandom = (value: string): boolean => {
  if (value.length < 20 || !TOKEN.test(value.slice(0, JUDGED)) || UUID.test(value) || isPath(value)) return false
  if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || !/[0-9]/.test(value)) return false
  // Words joined by dots, slashes or dashes are names; a random text has long stretches without them.
  const longest = value
    .slice(0, JUDGED)
    .split(/[./:%-]/)
    .reduce((best, part) => (part.length > best.length ? part : best), '')
  return longest.length >= 16 && /[0-9]/.test(longest) && /[A-Z]/.test(longest) && entropyOf(longest) >= 3.5
}

/** Looks like a credential where something hints at one: letters and digits mixed, and no pattern in them. */
export const looksCredential = (value: string, minLength = 16): boolean =>
  value.length >= minLength &&
  /^\S+$/.test(value.slice(0, JUDGED)) &&
  /[0-9]/.test(value) &&
  /[A-Za-z]/.test(value) &&
  !isPath(value) &&
  entropyOf(value.slice(0, JUDGED)) >= 3

/** `user:9397:profile` is a key of a cache: no part of it is long, or short and still of letters and digits. */
const MIN_WEAK_PART = 12
const MIN_MIXED_PART = 6
const hasTellingPart = (value: string): boolean =>
  value
    .split(/[:/]/)
    .some(
      (part) =>
        part.length >= MIN_WEAK_PART || (part.length >= MIN_MIXED_PART && /[0-9]/.test(part) && /[A-Za-z]/.test(part)),
    )

/** Whether a value with a name of this secrecy has to be masked. */
export const mustHide = (value: string, secrecy: Secrecy): boolean => {
  if (secrecy === 'none' || isPlaceholder(value.trim())) return false
  if (secrecy === 'password') return true
  if (NUMBER.test(value) || STATE.test(value) || NAMESPACED_NAME.test(value)) return false
  if (secrecy === 'reference') return !OBJECT_NAME.test(value)
  if (secrecy === 'weak')
    return looksCredential(value) && hasTellingPart(value) && !(OBJECT_NAME.test(value) && /[.-]/.test(value))
  return !isPath(value)
}
