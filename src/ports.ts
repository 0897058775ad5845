/**
 * What the platform must provide, each port named by what it promises. The promises are kept in platform/ and proved by
 * one contract suite a port (test/contracts), run on memory, in workerd and on Deno.
 */
import type { Access, Caller, Decision } from './access.ts'
import type { LogLine } from './events.ts'
import type { Jobs } from './jobs.ts'
import type { Plans } from './plans.ts'
import type { Reports } from './reports.ts'
import type { Alert, Sighting } from './watch.ts'

/** Milliseconds since the Unix epoch. */
export type Millis = number

export interface Clock {
  now(): Millis
}

/** Work that outlives the reply. A task that throws is logged, never rethrown. */
export interface Background {
  run(task: Promise<unknown>): void
}

/** Throws `secret_unavailable`, whose words name the secret and never hold its value. */
export interface Secrets {
  get(name: string): Promise<string>
}

/** May be stale or empty at any time, and may forget at once: never the home of anything that must not be lost. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  /** `ttlSeconds` is at least `MIN_CACHE_TTL_SECONDS`. */
  put(key: string, value: string, ttlSeconds: number): Promise<void>
}
/** Workers KV refuses anything shorter. */
export const MIN_CACHE_TTL_SECONDS = 60

/** Best effort, by address, before authentication. Its weakness: per location and approximate. Never a quota. */
export interface Shield {
  /** False: answer 429. */
  allow(address: string): Promise<boolean>
}

/**
 * `fetch` to one cluster's fixed origin. Follows no redirect, verifies TLS always. `path` begins with `/` and is
 * appended to the configured server URL; the transport cannot be talked into another origin. Rejects as `fetch` does.
 */
export interface Transport {
  fetch(path: string, init: TransportInit): Promise<Response>
}

export interface TransportInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

// ── Ledger ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The ledger for what concerns no cluster. No cluster may have this name. */
export const GATEWAY_LEDGER = 'gateway'

/** The version of the record format below; a reader refuses versions that it does not know. */
export const RECORD_VERSION = 1 as const

/** Who, as recorded: never a token, never a hash of one. */
export type RecordedCaller = Pick<Caller, 'kind' | 'issuer' | 'client' | 'subject' | 'owner' | 'act'>

/** One access of a call, with what decided it. */
export interface RecordedAccess extends Omit<Access, 'cluster'> {
  readonly decision: Decision
  readonly rule?: string
}

/** One operation of a plan: which object, and digests of what it does to it. */
export interface RecordedOperation extends Omit<Access, 'cluster'> {
  /** `create`, `apply`, `patch`, `delete`, `evict`. */
  readonly operation: string
  readonly uid?: string
  readonly resourceVersion?: string
  /** SHA-256, hex, of the live object and of the admitted one, without what changes by itself. */
  readonly live?: string
  readonly admitted?: string
  readonly rule?: string
}

/**
 * What is written, by kind. Never a value, a manifest or cluster text; every string is bounded by `MAX_RECORD_STRING`
 * and cleaned of control characters before it is chained, so that one record is one line.
 */
export type LedgerEntry =
  | {
      /** A call was admitted; nothing was returned yet. */
      readonly kind: 'call'
      /** Ties the outcome to the call. Unique within the ledger. */
      readonly call: string
      readonly caller: RecordedCaller
      readonly tool: string
      /** SHA-256 of the canonical arguments, hex. */
      readonly arguments: string
      readonly accesses: readonly RecordedAccess[]
    }
  | {
      /** A call was refused before anything was read: by policy, a rail, a budget or its own arguments. */
      readonly kind: 'refusal'
      readonly call: string
      readonly caller: RecordedCaller
      readonly tool: string
      readonly code: string
      readonly accesses: readonly RecordedAccess[]
      /**
       * Refusals of this caller since the last such record that were counted and not written. The ledger fills it in,
       * adding what the writer has already held back itself.
       */
      readonly suppressed?: number
    }
  | {
      readonly kind: 'outcome'
      readonly call: string
      /** `ok`, or the error's code. */
      readonly outcome: string
      /** Accesses beyond those already in the `call` record. */
      readonly accesses: readonly RecordedAccess[]
      /** Bytes returned to the caller. */
      readonly bytes: number
      /** Values masked on the way out. */
      readonly redactions: number
      /** Hidden characters removed on the way out. */
      readonly hidden: number
      /** Passages that read like instructions to a model; absent where there were none. */
      readonly suspicious?: number
      readonly durationMs: number
      /** SHA-256 of the text returned, hex. */
      readonly digest: string
    }
  | {
      readonly kind: 'authentication_failure'
      readonly reason: string
      /** The client's address as the platform tells it. */
      readonly address: string
      /** As for a refusal, over all addresses: a flood cannot fill the ledger. */
      readonly suppressed?: number
    }
  | {
      /** Somebody called a hook, or a diagnosis for one was begun. */
      readonly kind: 'delivery'
      readonly hook: string
      /** `accepted`, `ignored` (an event that is no alert), `begun`, or the code of the refusal. */
      readonly outcome: string
      /** Why it was refused, in a word. */
      readonly reason?: string
      readonly report?: string
      /** How many it brought. */
      readonly alerts?: number
      /** The client's address as the platform tells it; absent where nobody called. */
      readonly address?: string
      /** As for a refusal, for this hook and outcome: a storm of alerts cannot fill the ledger. */
      readonly suppressed?: number
    }
  | {
      /** What a cluster said of one of Bulkhead's credentials: refused, or accepted in spite of what it may do. */
      readonly kind: 'credential'
      readonly role: 'read' | 'change'
      readonly verdict: 'refused' | 'accepted'
      /** The operator's reason, where it was accepted. */
      readonly reason?: string
      /** `write: create pods`, … */
      readonly findings: readonly string[]
    }
  | {
      /** A plan was made. What it would do is told by its operations and their digests, never by values. */
      readonly kind: 'plan'
      readonly plan: string
      readonly caller: RecordedCaller
      readonly tool: string
      readonly decision: Decision
      readonly digest: string
      readonly policy: string
      /** Milliseconds since the Unix epoch. */
      readonly expires: Millis
      readonly tainted: boolean
      readonly operations: readonly RecordedOperation[]
    }
  | {
      /** A plan was approved, confirmed, refused or withdrawn. */
      readonly kind: 'decision'
      readonly plan: string
      readonly verdict: 'approved' | 'confirmed' | 'refused' | 'withdrawn'
      /** Absent: policy itself. */
      readonly caller?: RecordedCaller
      readonly reason?: string
      readonly breakGlass?: boolean
    }
  | {
      /** A write is about to be sent. Nothing is written to a cluster without one (THREATS.md L5-1). */
      readonly kind: 'intent'
      readonly plan: string
      readonly step: number
      readonly caller: RecordedCaller
      readonly operation: RecordedOperation
    }
  | {
      /** What became of it. `reconciled`: found out by looking, after an answer that never came. */
      readonly kind: 'effect'
      readonly plan: string
      readonly step: number
      /** `done`, or the error's code. */
      readonly outcome: string
      readonly reconciled: boolean
      readonly uid?: string
      readonly resourceVersion?: string
    }
  | {
      /** A plan ended without (further) writes: stale, expired, refused by what was asked again. */
      readonly kind: 'plan_end'
      readonly plan: string
      readonly state: string
      readonly code?: string
    }
  | {
      /** A freeze switch was turned: by an operator, or by a watch rule. */
      readonly kind: 'switch'
      readonly scope: 'everything' | 'cluster' | 'caller'
      readonly owner?: string
      readonly on: boolean
      readonly by: string
      readonly reason: string
    }
  | {
      /** A watch rule saw something. */
      readonly kind: 'watch'
      readonly rule: string
      readonly caller: RecordedCaller
      readonly what: string
      readonly acted: 'recorded' | 'raised' | 'frozen'
    }
  | {
      /** An operator looked at or did something: `/audit/export`, an override at start, … */
      readonly kind: 'operator'
      readonly caller: RecordedCaller
      readonly action: string
    }

/** A chained record: `hash` is SHA-256 over the canonical JSON of everything else, `prev` the hash before it. */
export type LedgerRecord = LedgerEntry & {
  readonly v: typeof RECORD_VERSION
  readonly ledger: string
  /** From 1, without gaps. */
  readonly seq: number
  /** RFC 3339, UTC, milliseconds; never earlier than the record before. */
  readonly time: string
  readonly prev: string
  readonly hash: string
  /** List elements left out because the record would have grown past its bound; absent where nothing was. */
  readonly cut?: number
}

/** A token bucket as the caller of `admit` describes it: state lives in the ledger, sizes in the configuration. */
export interface BucketSpec {
  /** `calls`, `bytes`, … (lower-case letters): together with the caller's key it names the bucket. */
  readonly name: string
  readonly capacity: number
  /** Tokens per millisecond. */
  readonly refill: number
  /** More than `capacity` is never admitted. */
  readonly take: number
}

export interface AdmitRequest {
  readonly now: Millis
  /** `callerKey(caller)`. */
  readonly bucketOwner: string
  readonly buckets: readonly BucketSpec[]
  /** The answer will hold cluster text: from now on the caller has read some (THREATS.md L1-6). */
  readonly reads?: boolean
  /** Held against the watch rules in the same transaction; a rule that freezes refuses the call that made it fire. */
  readonly watch?: Sighting
  /** Appended when every bucket had enough. A refusal may stand here: what was refused is paid for all the same. */
  readonly entry: LedgerEntry
  /** Appended instead when one had not; nothing is taken then. */
  readonly refused: LedgerEntry
}

export type Admission = Watchful &
  /** `seq` is absent only where `entry` is a refusal that was counted and not written. */
  (
    | { readonly admitted: true; readonly seq?: number }
    | {
        readonly admitted: false
        readonly bucket: string
        /** When the bucket will hold enough again. */
        readonly retryAfterMs: Millis
        /** Absent where the refusal was counted and not written (a flood of refusals is bounded too). */
        readonly seq?: number
      }
    /** A freeze switch is on; the refusal is recorded, nothing is taken. */
    | { readonly admitted: false; readonly frozen: FrozenBy; readonly seq?: number }
  )

/** The watch rules that fired by this request, each with its record; absent: none did. */
export interface Watchful {
  readonly alerts?: readonly Alert[]
}

/** `seq` is absent where a refusal or an authentication failure was counted and not written. */
export interface Appended extends Watchful {
  readonly seq?: number
}

/** What a freeze switch stops: everything, this cluster, or this caller. */
export type FrozenBy = 'everything' | 'cluster' | 'caller'

export interface AppendRequest {
  readonly now: Millis
  readonly entry: LedgerEntry
  /** Tokens to give back: what was reserved and not used. */
  readonly refund?: { readonly bucketOwner: string; readonly bucket: string; readonly tokens: number }
  /** As for `admit`. */
  readonly watch?: Sighting
}

export interface LedgerPage {
  readonly records: readonly LedgerRecord[]
  /** Pass as `after` for the next page; absent at the end. */
  readonly next?: number
}

export interface LedgerStatus {
  /** The last record's sequence number; 0 when empty. */
  readonly seq: number
  /** The last record's hash, or the ledger's genesis. */
  readonly head: string
  readonly bytesUsed: number
  readonly bytesAvailable: number
}

/**
 * Atomic, ordered, gap-free, hash-chained. Every method throws `ledger_unavailable` when its effect is not known to be
 * durable; the caller then returns nothing and does nothing.
 */
export interface Ledger {
  /** Takes from all buckets and appends, or takes from none and appends the refusal: one transaction, one round trip. */
  admit(request: AdmitRequest): Promise<Admission>
  append(request: AppendRequest): Promise<Appended>
  /** Records with `seq > after`, oldest first, at most `limit` (and at most `MAX_LEDGER_PAGE`). */
  read(after: number, limit: number): Promise<LedgerPage>
  status(): Promise<LedgerStatus>
}
/** Bounded so that a page fits a Durable Object RPC and a reader's memory. */
export const MAX_LEDGER_PAGE = 500
/** Kubernetes names are at most 253 characters; anything longer in a record is cut and says so. */
export const MAX_RECORD_STRING = 256

/** One ledger a cluster, and `GATEWAY_LEDGER`. */
export interface Ledgers {
  ledger(name: string): Ledger
}

/** Delivers out, to where the configuration says: POST, no redirect followed, the answer's body unread. */
export interface Notifier {
  /** The HTTP status. Rejects as `fetch` does. */
  deliver(
    url: string,
    init: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
    signal: AbortSignal,
  ): Promise<number>
}

/** Everything the app is given. */
export interface Ports {
  readonly clock: Clock
  readonly background: Background
  readonly secrets: Secrets
  readonly cache: Cache
  readonly shield: Shield
  readonly ledgers: Ledgers
  /** Of one cluster, or of the gateway, which has callers and switches but no plans. */
  plans(ledger: string): Plans
  readonly jobs: Jobs
  readonly reports: Reports
  readonly notifier: Notifier
  /** The way to one configured cluster, with what the credential needs of it (a client certificate). */
  transport(cluster: string, credential: 'read' | 'change'): Promise<Transport>
  /** To the configured issuers' metadata and JWKS; nothing else goes out by it. */
  readonly fetchIssuer: (url: string, signal: AbortSignal) => Promise<Response>
  /** The address of the client as the platform vouches for it; empty where it cannot. */
  clientAddress(request: Request): string
  /** Cryptographically strong random bytes. */
  random(bytes: number): Uint8Array
  /** One structured line, already through guard/output. */
  readonly log: (line: LogLine) => void
}
