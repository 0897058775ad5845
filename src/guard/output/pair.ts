/**
 * Both sides of a change, redacted as one: a value that is masked in the object as it stands stays masked in what would
 * become of it, wherever it is there. Whoever renames the variable that holds a password (or the flag before it) would
 * otherwise read the password in the plan, without anybody's approval. A value that stands in the open somewhere in the
 * object as it is needs no hiding.
 */
import type { Json } from '../../tool.ts'
import { isObject, type JsonObject } from './kinds.ts'
import { isMark, type Marker } from './marks.ts'

/** Both are walked as far as the redaction goes (structure.ts, MAX_DEPTH); what is deeper was left out there. */
type Leaf = (raw: string, shown: Json) => Json

const walk = (raw: Json, shown: Json, leaf: Leaf): Json => {
  if (typeof raw === 'string' || typeof raw === 'number') return leaf(String(raw), shown)
  if (Array.isArray(raw) && Array.isArray(shown))
    return shown.map((it: Json, index) => walk((raw[index] ?? null) as Json, it, leaf))
  if (!isObject(raw) || !isObject(shown)) return shown
  // A key that was rewritten has no counterpart: what it holds stays as the redaction left it.
  return Object.fromEntries(
    Object.entries(shown).map(([key, it]) => [
      key,
      Object.hasOwn(raw, key) ? walk((raw[key] ?? null) as Json, it, leaf) : it,
    ]),
  )
}

export interface Side {
  readonly raw: JsonObject
  /** `raw`, redacted. */
  readonly shown: JsonObject
}

/** `after.shown`, with what only `before` tells to be secret. */
export const hideAgain = (before: Side, after: Side, mark: Marker): JsonObject => {
  const masked = new Set<string>()
  const open = new Set<string>()
  walk(before.raw, before.shown, (raw, shown) => {
    const hides = typeof shown === 'string' && isMark(shown) && !isMark(raw)
    ;(hides ? masked : open).add(raw)
    return shown
  })
  const left = walk(after.raw, after.shown, (raw, shown) => {
    const tells = raw !== '' && masked.has(raw) && !open.has(raw)
    return tells && !(typeof shown === 'string' && isMark(shown)) ? mark(raw) : shown
  })
  return left as JsonObject
}
