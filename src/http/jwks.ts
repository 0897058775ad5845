/**
 * The issuers' signing keys, fetched when needed and kept for a while: in this isolate's memory (one entry an issuer)
 * and in the Cache port, so that a fresh isolate seldom asks. Rotation: a token whose `kid` is not in the set makes us
 * look again, at most once in a cool-down, so that made-up `kid`s cannot turn us against the issuer. An issuer that does
 * not answer is asked again after a pause, and the keys that we have serve until they are too old.
 *
 * Every document has a size cap, every fetch a deadline; redirects are not followed (port `fetchIssuer`) nor accepted.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import * as z from 'zod'
import { createTurn, type Turn, within } from '../deadline.ts'
import type { Millis, Ports } from '../ports.ts'
import { readAtMost } from './body.ts'
import { keySetSchema, keysUrlFrom, metadataUrls, type PublishedKeys } from './issuer-documents.ts'
import type { KeySet } from './tokens.ts'

/** A key that the issuer withdrew is trusted at most this long … */
export const KEYS_FRESH_MS = 600_000
/** … or this long while the issuer cannot be reached: an outage of theirs is not at once one of ours. */
export const KEYS_STALE_MS = 3_600_000
/** One fetch for an unknown `kid` in this time, for each issuer and isolate. */
export const UNKNOWN_KID_COOLDOWN_MS = 30_000
/** The pause after an issuer did not answer. */
export const RETRY_PAUSE_MS = 30_000
/** For metadata and keys together; the caller is waiting. */
const ISSUER_DEADLINE_MS = 5_000
/** Twenty times a large issuer's key set, and still one value of Deno KV (64 KiB). */
export const MAX_DOCUMENT_BYTES = 60_000
/** The cache saves a fetch of some 100 ms: not worth more waiting than that. */
const CACHE_DEADLINE_MS = 500

export type IssuerKeysResult =
  | { readonly ok: true; readonly keys: KeySet }
  | { readonly ok: false; readonly reason: 'issuer_unavailable' | 'unknown_signing_key' }

export interface IssuerKeys {
  /** The keys of a *configured* issuer; with `kid`, only if that key is among them. */
  find(issuer: string, kid: string | undefined): Promise<IssuerKeysResult>
}

interface Loaded {
  readonly keys: KeySet
  readonly kids: ReadonlySet<string | undefined>
  readonly fetchedAt: Millis
}

interface State {
  readonly turn: Turn
  loaded?: Loaded
  nextTry: Millis
  nextUnknownKid: Millis
}

const cachedSchema = z.object({ fetchedAt: z.number(), set: keySetSchema })

const load = (set: PublishedKeys, fetchedAt: Millis): Loaded => ({
  // What a key holds is jose's to judge when the key is used.
  keys: createLocalJWKSet(set as JSONWebKeySet),
  kids: new Set(set.keys.map((key) => key.kid)),
  fetchedAt,
})

/** `keysAt`: where an issuer publishes its keys, if that is known without its metadata. */
export const createIssuerKeys = (
  ports: Pick<Ports, 'cache' | 'clock' | 'fetchIssuer' | 'background' | 'log'>,
  keysAt: (issuer: string) => string | undefined = () => undefined,
): IssuerKeys => {
  const { clock } = ports
  const states = new Map<string, State>()
  const cacheKey = (issuer: string) => `jwks/v1/${bytesToHex(sha256(utf8ToBytes(issuer)))}`

  const stateOf = (issuer: string): State => {
    const state = states.get(issuer) ?? {
      turn: createTurn(clock, CACHE_DEADLINE_MS + ISSUER_DEADLINE_MS),
      nextTry: 0,
      nextUnknownKid: 0,
    }
    states.set(issuer, state)
    return state
  }

  const isFresh = ({ loaded }: State): boolean => loaded !== undefined && clock.now() - loaded.fetchedAt < KEYS_FRESH_MS

  const fetchJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
    const response = await ports.fetchIssuer(url, signal)
    if (response.status !== 200 || response.redirected) {
      await response.body?.cancel()
      return undefined
    }
    const bytes = await readAtMost(response.body, MAX_DOCUMENT_BYTES, signal)
    if (bytes === undefined) return undefined
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as unknown
    } catch {
      return undefined
    }
  }

  /** Rejects, or gives undefined, where the issuer publishes nothing that we can use. */
  const fetchKeys = async (issuer: string): Promise<PublishedKeys | undefined> => {
    const signal = AbortSignal.timeout(ISSUER_DEADLINE_MS)
    const known = keysAt(issuer)
    if (known !== undefined) return keySetSchema.safeParse(await fetchJson(known, signal)).data
    for (const url of metadataUrls(issuer)) {
      const keysUrl = keysUrlFrom(await fetchJson(url, signal), issuer)
      if (keysUrl !== undefined) return keySetSchema.safeParse(await fetchJson(keysUrl, signal)).data
    }
    return undefined
  }

  const refresh = async (issuer: string, state: State): Promise<void> => {
    // Whatever went wrong with them, they gave us no keys.
    const set = await fetchKeys(issuer).catch(() => undefined)
    if (set === undefined) {
      state.nextTry = clock.now() + RETRY_PAUSE_MS
      ports.log({ event: 'issuer_unavailable', issuer })
      return
    }
    const fetchedAt = clock.now()
    state.loaded = load(set, fetchedAt)
    ports.background.run(
      ports.cache.put(cacheKey(issuer), JSON.stringify({ fetchedAt, set }), Math.ceil(KEYS_FRESH_MS / 1000)),
    )
  }

  const fromCache = async (issuer: string): Promise<Loaded | undefined> => {
    try {
      const text = await within(CACHE_DEADLINE_MS, ports.cache.get(cacheKey(issuer)), () => new Error('late'))
      const { fetchedAt, set } = cachedSchema.parse(JSON.parse(text ?? 'null'))
      const age = clock.now() - fetchedAt
      return age >= 0 && age < KEYS_FRESH_MS ? load(set, fetchedAt) : undefined
    } catch {
      // Empty, slow, unreadable or of another shape: what a cache may be at any time.
      return undefined
    }
  }

  return {
    async find(issuer, kid) {
      const state = stateOf(issuer)
      const knowsKid = () => kid === undefined || state.loaded?.kids.has(kid) === true

      if (!isFresh(state) && clock.now() >= state.nextTry)
        await state.turn(async () => {
          const cached = await fromCache(issuer)
          if (cached === undefined) await refresh(issuer, state)
          else state.loaded = cached
        })
      if (state.loaded !== undefined && !knowsKid() && clock.now() >= state.nextUnknownKid)
        await state.turn(async () => {
          await refresh(issuer, state)
          state.nextUnknownKid = clock.now() + UNKNOWN_KID_COOLDOWN_MS
        })

      const { loaded } = state
      if (loaded === undefined || clock.now() - loaded.fetchedAt >= KEYS_STALE_MS)
        return { ok: false, reason: 'issuer_unavailable' }
      return knowsKid() ? { ok: true, keys: loaded.keys } : { ok: false, reason: 'unknown_signing_key' }
    },
  }
}
