/**
 * Redacts a Kubernetes object before anything is rendered of it: where structure says what a value is, no pattern has to
 * guess, and nothing innocent beside it is eaten (`expirationSeconds` after `serviceAccountToken`). Nothing is mutated.
 * Every string that stays has been through the scan of texts as well.
 */
import type { Json } from '../../tool.ts'
import { secretArguments } from './arguments.ts'
import { isPrivateMember } from './bare-keys.ts'
import * as kinds from './kinds.ts'
import { isObject, type JsonObject, type MapRule } from './kinds.ts'
import { isMark } from './marks.ts'
import { isSecretFile, type Secrecy, secrecyOf } from './names.ts'
import { type ScrubRules, scrub } from './scrub.ts'
import { isPlaceholder, looksRandom, mustHide } from './values.ts'

export interface RedactContext extends ScrubRules {
  /** The kind by discovery: items of a list do not say what they are. */
  readonly kind?: string
  /** The longest string that could be shown at all: what is beyond becomes a mark. Characters. */
  readonly maxString: number
}

/** What was taken out of one value. */
export interface Redacted<T> {
  readonly value: T
  readonly redactions: number
  readonly hidden: number
}

/** What surrounds a value. */
interface Place {
  readonly depth: number
  /** What the name of the value, or of what holds it, says of it. */
  readonly secrecy: Secrecy
  /** The kind of the object at this place, where discovery knows it. */
  readonly kind?: string | undefined
}

/** Real objects stop at some 20; a deeper one is left out there rather than walked. */
const MAX_DEPTH = 64
const TOO_DEEP = `[deeper than ${MAX_DEPTH} levels: left out]`

/** Children that are the value itself: `password: { value: … }`. */
const CARRIERS = new Set([
  'value',
  'values',
  'data',
  'plain',
  'plaintext',
  'inline',
  'literal',
  'content',
  'raw',
  'string',
  'text',
  'default',
])
/** In an object beside `value`: the name of what it is. */
const NAME_FIELDS = ['name', 'key', 'header', 'headerName'] as const
/** Lengths by key, put there by kube/secrets.ts in the place of a Secret's data. */
const LENGTHS = 'dataBytes'
/** Names that need no look: what Kubernetes' own types are made of. */
const PLAIN_KEY = /^[A-Za-z][A-Za-z0-9]{0,19}$/

const utf8 = new TextEncoder()
const bytesOf = (text: string): number => utf8.encode(text).length

/** What a base64 value says, so that a Secret's value and the same text elsewhere have equal marks. */
const decoded = (base64: string): { text: string; bytes: number } => {
  let binary: string
  try {
    binary = atob(base64)
  } catch {
    return { text: base64, bytes: bytesOf(base64) }
  }
  try {
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), bytes: bytes.length }
  } catch {
    return { text: base64, bytes: binary.length }
  }
}

/** What `name` says of the `value` beside it; undefined where there is no such pair. */
const namedBeside = (object: JsonObject): Secrecy | undefined => {
  if (object.value === undefined && object.values === undefined && object.default === undefined) return undefined
  const name = NAME_FIELDS.map((field) => object[field]).find((it) => typeof it === 'string')
  return typeof name === 'string' ? secrecyOf(name) : undefined
}

const mapEntries = (map: JsonObject, entry: (key: string, value: Json) => [string, Json]): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => entry(key, value)))

export class Redactor {
  redactions = 0
  hidden = 0
  readonly #rules: RedactContext

  constructor(rules: RedactContext) {
    this.#rules = rules
  }

  /** Any JSON. `kind`: of an object of Kubernetes, by discovery. */
  any(value: Json, place: Place): Json {
    if (typeof value === 'string') return this.string(value, place.secrecy)
    if (typeof value === 'number') return place.secrecy === 'password' ? this.#mask(String(value)) : value
    if (typeof value !== 'object' || value === null) return value
    if (place.depth > MAX_DEPTH) return TOO_DEEP
    return isObject(value) ? this.object(value, place) : this.#array(value as readonly Json[], place)
  }

  object(object: JsonObject, place: Place): JsonObject {
    const isWhole = place.depth === 0 || place.kind !== undefined || typeof object.kind === 'string'
    const rules = isWhole ? kinds.mapRules(object, place.kind) : kinds.ANYWHERE
    const named = namedBeside(object)
    const kept = Object.entries(object).filter(([key]) => !kinds.NOISE.has(key))
    return Object.fromEntries(
      kept.map(([key, value]) => {
        const rule = rules.get(key)
        return [
          this.#key(key),
          rule === undefined ? this.#member(object, key, value, place, named) : this.#map(value, rule),
        ]
      }),
    )
  }

  string(value: string, secrecy: Secrecy): string {
    if (mustHide(value, secrecy)) return this.#mask(value)
    const { maxString } = this.#rules
    const { text, redactions, hidden } = scrub(value, this.#rules, { limit: maxString })
    this.redactions += redactions
    this.hidden += hidden
    return value.length > maxString ? `${text}…${this.#mask(value.slice(maxString), true)}` : text
  }

  leaves(value: Json, depth: number): Json {
    if (depth > MAX_DEPTH) return TOO_DEEP
    if (typeof value === 'string') return value === '' ? value : this.#mask(value, true)
    if (typeof value === 'number') return this.#mask(String(value), true)
    if (Array.isArray(value)) return value.map((item) => this.leaves(item, depth + 1))
    return isObject(value) ? mapEntries(value, (key, inner) => [this.#key(key), this.leaves(inner, depth + 1)]) : value
  }

  #member(parent: JsonObject, key: string, value: Json, place: Place, named: Secrecy | undefined): Json {
    const depth = place.depth + 1
    if (key === 'annotations' && isObject(value)) return this.#annotations(value, depth)
    const isList = place.depth === 0 || (typeof parent.kind === 'string' && parent.kind.endsWith('List'))
    if (key === 'items' && isList && Array.isArray(value)) return this.#items(parent, value, place)
    if (key === LENGTHS && isObject(value) && Object.values(value).every((it) => typeof it === 'number'))
      return mapEntries(value, (name, length) => [this.#key(name), length])
    if (kinds.BUNDLES.has(key) && typeof value === 'string' && value.length > kinds.MAX_SHOWN_BUNDLE)
      return this.#mask(value, true)
    // In an ExternalSecret `secretKey` names a key of the Secret to come.
    const namesKey = key === 'secretKey' && isObject(parent.remoteRef)
    const isKeyPart = typeof parent.kty === 'string' && isPrivateMember(key)
    const own = namesKey ? 'none' : isKeyPart ? 'secret' : secrecyOf(key)
    if (own !== 'none' || !CARRIERS.has(key.toLowerCase())) return this.any(value, { depth, secrecy: own })
    if (named !== undefined && typeof value === 'string' && looksRandom(value)) return this.#mask(value)
    return this.any(value, { depth, secrecy: named === undefined || named === 'none' ? place.secrecy : named })
  }

  /** A list whole: its items are of its kind (`PodList`) and need not say so. */
  #items(list: JsonObject, items: readonly Json[], place: Place): Json {
    const kind = (typeof list.kind === 'string' ? list.kind.replace(/List$/, '') : place.kind) || undefined
    return items.map((item) =>
      // Depth 0: an item of unknown kind is treated as a Secret.
      isObject(item)
        ? this.object(item, { depth: 0, secrecy: 'none', kind })
        : this.any(item, { depth: 1, secrecy: 'none' }),
    )
  }

  #array(values: readonly Json[], { depth, secrecy }: Place): Json {
    const flagged = secretArguments(values)
    return values.map((value, index) => this.any(value, { depth: depth + 1, secrecy: flagged.get(index) ?? secrecy }))
  }

  #map(map: Json, rule: MapRule): Json {
    if (map === null) return map
    if (!isObject(map)) return this.#mask(typeof map === 'string' ? map : JSON.stringify(map), true)
    return mapEntries(map, (key, value) => [this.#key(key), this.#mapValue(key, value, rule)])
  }

  #mapValue(key: string, value: Json, rule: MapRule): Json {
    if (typeof value !== 'string') return this.#mask(JSON.stringify(value), true)
    if (value === '' || isMark(value)) return value
    if (rule === 'files') {
      // A ConfigMap may become an environment (`envFrom`), where a value that looks random is masked, too.
      const hide = (isSecretFile(key) || kinds.isKubeconfig(value) || looksRandom(value)) && !isPlaceholder(value)
      return hide ? this.#mask(value, true) : this.string(value, secrecyOf(key))
    }
    const { text, bytes } = rule === 'base64' ? decoded(value) : { text: value, bytes: bytesOf(value) }
    this.redactions += 1
    return this.#rules.mark(text, bytes)
  }

  #annotations(annotations: JsonObject, depth: number): Json {
    return mapEntries(annotations, (key, value) => [
      this.#key(key),
      typeof value === 'string' && kinds.isCopyOfObject(key)
        ? this.#mask(value, true)
        : this.any(value, { depth, secrecy: secrecyOf(key) }),
    ])
  }

  /** Keys of maps are somebody's text, too. */
  #key(key: string): string {
    return PLAIN_KEY.test(key) ? key : this.string(key, 'none')
  }

  #mask(value: string, withLength = false): string {
    if (isMark(value)) return value
    this.redactions += 1
    return this.#rules.mark(value, withLength ? bytesOf(value) : undefined)
  }
}

/** `managedFields` are left out, secrets become marks, hidden characters go. */
export const redactObject = <T extends object>(object: T, context: RedactContext): Redacted<T> => {
  const redactor = new Redactor(context)
  // Loose by intention (tool.ts): what came from JSON is JSON.
  const json = object as unknown as JsonObject
  const value = redactor.object(json, { depth: 0, secrecy: 'none', kind: context.kind }) as unknown as T
  return { value, redactions: redactor.redactions, hidden: redactor.hidden }
}

/** Every string and number a mark, with its length; names of keys are scanned and stay. */
export const maskLeaves = (values: JsonObject, context: RedactContext): Redacted<JsonObject> => {
  const redactor = new Redactor(context)
  const value = redactor.leaves(values, 0) as JsonObject
  return { value, redactions: redactor.redactions, hidden: redactor.hidden }
}
