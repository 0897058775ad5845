/**
 * What the cluster serves: asked in two requests (aggregated discovery, generally available since Kubernetes 1.30), or
 * group by group where a server only knows the older way, and remembered: in memory for this isolate, in the `Cache`
 * port for all of them. A group that does not answer (an aggregated API that is down) hides nothing but itself.
 */

import { createTurn, type Turn } from '../deadline.ts'
import { type Cache, MIN_CACHE_TTL_SECONDS } from '../ports.ts'
import type { Json, ResourceType } from '../tool.ts'
import { cacheKey, patiently } from './cached.ts'
import {
  type Discovered,
  type GroupVersion,
  readAggregated,
  readIndex,
  readResourceList,
} from './discovery-document.ts'
import { each } from './each.ts'
import { lateError } from './exchange.ts'
import { createLease } from './lease.ts'
import { type ApiPath, CORE_DISCOVERY_PATH, GROUPS_DISCOVERY_PATH, groupVersionPath } from './path.ts'
import { ACCEPT_JSON, nonsense, type Requester } from './request.ts'
import { checkQuestion, resolveKind, typeOf } from './resolve.ts'

/** Types come and go by the day; a new one is found by its miss at once, a removed one answers 404 by itself. */
export const DISCOVERY_TTL_SECONDS = 600
/** While a group did not answer, it is asked again soon. */
export const INCOMPLETE_TTL_SECONDS = MIN_CACHE_TTL_SECONDS
/** A kind that is not there asks discovery again, for a CRD may be new; but not for every misspelling. */
export const MISS_COOLDOWN_MS = 15_000
/**
 * Who finds nothing remembered waits so long for another call that is asking already, then asks by itself: the usual way
 * takes a fraction of it. On Workers a call that was cancelled never says that it gave up.
 */
export const DISCOVERY_LEASE_MS = 5_000
/** The older way takes a request for each group version. */
export const DISCOVERY_DEADLINE_MS = 30_000
/** Twice what the largest clusters register. */
const MAX_GROUP_VERSIONS = 300
/** As many clusters as a configuration may name. */
const MAX_REMEMBERED = 200
/** Changes when what is stored does: an older entry is then simply not found. */
const CACHE_FORMAT = 'discovery/1'

const ACCEPT_AGGREGATED = `${ACCEPT_JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,${ACCEPT_JSON}`
const ABOUT = 'list the resource types that it serves'

interface Remembered {
  readonly discovered: Discovered
  /** Milliseconds. */
  readonly fetchedAt: number
  /** When a miss last asked again, well or not. */
  readonly askedAgainAt?: number
}

/** One an isolate; it may be shared by the clients of all clusters. Bounded, and holds values only, never a promise. */
export interface DiscoveryMemory {
  readonly remembered: Map<string, Remembered>
  /** Whose turn it is to ask, for each that is remembered: clients come and go with their calls. */
  readonly turns: Map<string, Turn>
}
export const createDiscoveryMemory = (): DiscoveryMemory => ({ remembered: new Map(), turns: new Map() })

export interface DiscoveryOptions {
  /** The configured URL: another server under the same name is another cluster. */
  readonly server: string
  readonly cache: Cache
  readonly memory: DiscoveryMemory
}

export interface Discovery {
  /** By group (core first), version (preferred first) and resource. */
  types(signal: AbortSignal): Promise<readonly ResourceType[]>
  /** Throws `unknown_kind`, `ambiguous_kind`, `invalid_arguments`. */
  resolve(kind: string, apiVersion: string | undefined, signal: AbortSignal): Promise<ResourceType>
}

const isFresh = ({ discovered, fetchedAt }: Remembered, now: number): boolean =>
  now - fetchedAt < 1000 * (discovered.unavailable.length > 0 ? INCOMPLETE_TTL_SECONDS : DISCOVERY_TTL_SECONDS)

/** Only Bulkhead writes there; but a cache may hold anything. */
const readCached = (text: string | undefined): Remembered | undefined => {
  try {
    const { fetchedAt, discovered } = JSON.parse(text ?? '{}')
    const { types, unavailable } = discovered
    const known = typeof fetchedAt === 'number' && Array.isArray(types) && Array.isArray(unavailable)
    return known ? { fetchedAt, discovered: { types, unavailable } } : undefined
  } catch {
    return undefined
  }
}

/** A fixed order, whatever the server's: core first, then groups by name; within one the server's preferred version. */
const inOrder = (types: readonly ResourceType[]): readonly ResourceType[] => {
  const versions = [...new Set(types.map((type) => `${type.group}/${type.version}`))]
  const rank = new Map(versions.map((version, index) => [version, index]))
  const rankOf = (type: ResourceType) => rank.get(`${type.group}/${type.version}`) ?? 0
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return types.toSorted((a, b) => compare(a.group, b.group) || rankOf(a) - rankOf(b) || compare(a.resource, b.resource))
}

/** One end of discovery, the newer way or the older. */
const fetchEnd = async (requester: Requester, path: ApiPath, signal: AbortSignal): Promise<Discovered> => {
  const document: Json = await requester.get({ path, about: ABOUT, accept: ACCEPT_AGGREGATED }, signal)
  const aggregated = readAggregated(document)
  if (aggregated !== undefined) return aggregated
  const index = readIndex(document)
  if (index === undefined) throw nonsense(requester.wire, ABOUT, 'no list of resource types')
  const lists = new Map<GroupVersion, readonly ResourceType[]>()
  const asked = index.slice(0, MAX_GROUP_VERSIONS)
  let failure: unknown
  await each(asked, async (at) => {
    try {
      const list = readResourceList(await requester.get({ path: groupVersionPath(at), about: ABOUT }, signal), at)
      if (list !== undefined) lists.set(at, list)
    } catch (error) {
      signal.throwIfAborted()
      failure = error
    }
  })
  if (lists.size === 0 && failure !== undefined) throw failure
  return {
    types: asked.flatMap((at) => lists.get(at) ?? []),
    unavailable: index.filter((at) => !lists.has(at)).map(({ group, version }) => `${group}/${version}`),
  }
}

const fetchAll = async (requester: Requester, caller: AbortSignal): Promise<Discovered> => {
  const lease = createLease(caller)
  const ends = Promise.all(
    [CORE_DISCOVERY_PATH, GROUPS_DISCOVERY_PATH].map((path) => fetchEnd(requester, path, lease.signal)),
  )
  try {
    const late = lateError(requester.wire.cluster, 'list its resource types', DISCOVERY_DEADLINE_MS)
    const found = await lease.phase(ends, DISCOVERY_DEADLINE_MS, late)
    return {
      types: inOrder(found.flatMap(({ types }) => types)),
      unavailable: found.flatMap(({ unavailable }) => unavailable).toSorted(),
    }
  } finally {
    // When one end failed, the other need not go on.
    lease.abort()
    lease.end()
  }
}

export const createDiscovery = (requester: Requester, options: DiscoveryOptions): Discovery => {
  const { cache, memory } = options
  const { cluster } = requester.wire
  const { clock } = requester.wire

  let digested: string | undefined
  /** Digested once: every call resolves a kind or two, and what runs beside a request should not wait for threads. */
  const ownKey = async (): Promise<string> => {
    digested ??= await cacheKey(CACHE_FORMAT, cluster, options.server)
    return digested
  }

  const remember = (key: string, remembered: Remembered): Remembered => {
    memory.remembered.delete(key)
    memory.remembered.set(key, remembered)
    for (const oldest of memory.remembered.keys()) {
      if (memory.remembered.size <= MAX_REMEMBERED) break
      memory.remembered.delete(oldest)
      memory.turns.delete(oldest)
    }
    return remembered
  }

  const refresh = async (key: string, signal: AbortSignal): Promise<Remembered> => {
    const discovered = await fetchAll(requester, signal)
    const remembered = { discovered, fetchedAt: clock.now() }
    await patiently(cache.put(key, JSON.stringify(remembered), DISCOVERY_TTL_SECONDS))
    return remember(key, remembered)
  }

  const freshIn = (key: string): Remembered | undefined => {
    const remembered = memory.remembered.get(key)
    return remembered !== undefined && isFresh(remembered, clock.now()) ? remembered : undefined
  }

  const ask = async (key: string, signal: AbortSignal): Promise<Remembered> => {
    const cached = readCached(await patiently(cache.get(key)))
    return cached !== undefined && isFresh(cached, clock.now()) ? remember(key, cached) : refresh(key, signal)
  }

  const turnOf = (key: string): Turn => {
    const turn = memory.turns.get(key) ?? createTurn(clock, DISCOVERY_LEASE_MS)
    memory.turns.set(key, turn)
    return turn
  }
  /** Fifty first calls of a cold isolate are one question, not fifty. */
  const current = async (key: string, signal: AbortSignal): Promise<Remembered> => {
    const known = freshIn(key)
    if (known !== undefined) return known
    let mine: Remembered | undefined
    await turnOf(key)(async () => {
      mine = await ask(key, signal)
    })
    return mine ?? freshIn(key) ?? ask(key, signal)
  }

  return {
    async types(signal) {
      return (await current(await ownKey(), signal)).discovered.types
    },
    async resolve(kind, apiVersion, signal) {
      const question = checkQuestion(kind, apiVersion)
      const key = await ownKey()
      const known = await current(key, signal)
      const resolution = resolveKind(known.discovered.types, question)
      const now = clock.now()
      const askedAt = Math.max(known.fetchedAt, known.askedAgainAt ?? 0)
      if (!('similar' in resolution) || now - askedAt < MISS_COOLDOWN_MS) {
        return typeOf(resolution, question, known.discovered)
      }
      remember(key, { ...known, askedAgainAt: now })
      const { discovered } = await refresh(key, signal)
      return typeOf(resolveKind(discovered.types, question), question, discovered)
    },
  }
}
