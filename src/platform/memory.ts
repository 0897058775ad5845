/**
 * Every port in memory, for tests: the promises and the real limits of the platforms, a clock that stands still until it
 * is moved, and storage that can be broken. Nothing here is bounded or durable.
 */
import { BulkheadError } from '../errors.ts'
import type { LogLine } from '../events.ts'
import type { Cache, Ledger, Millis, Ports, Secrets } from '../ports.ts'
import { checkCacheKey, mayPut } from './cache.ts'
import { backgroundFailed, secretUnavailable } from './failures.ts'
import { createMemoryJobs, type MemoryJobs } from './memory-jobs.ts'
import { type Break, createMemoryLedger, type LedgerOperation, type MemoryLedger } from './memory-ledger.ts'
import { createMemoryReports } from './memory-reports.ts'
import { createMemoryShield, type ShieldSize } from './shield.ts'
import { createTransport, type Send } from './transport.ts'

export interface MemoryOptions {
  readonly now?: Millis
  readonly secrets?: Readonly<Record<string, string>>
  readonly clusters?: Readonly<Record<string, { readonly server: string; readonly send: Send }>>
  readonly fetchIssuer?: Ports['fetchIssuer']
  readonly shield?: ShieldSize
  readonly clientAddress?: Ports['clientAddress']
  /** The status that a delivery gets; throws where the target is dead. */
  readonly deliver?: (url: string) => number
}

export interface MemoryPorts extends Ports {
  readonly clock: { now(): Millis; set(now: Millis): void; advance(ms: Millis): void }
  readonly background: {
    run(task: Promise<unknown>): void
    /** Resolves when everything that was run so far has settled. */
    settled(): Promise<void>
  }
  readonly ledgers: {
    ledger(name: string): Ledger
    /** From now on, asked before every operation of every ledger and its plans; true: storage is down. */
    breakWhen(broken: (operation: LedgerOperation, ledger: string) => Break): void
  }
  readonly jobs: MemoryJobs
  /** What was delivered. */
  readonly delivered: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[]
  /** What was logged. */
  readonly lines: LogLine[]
}

/** 2026-11-01T00:00:00Z: any moment does, as long as it is always the same. */
const EPOCH: Millis = 1_793_491_200_000
/** An address reserved for documentation (RFC 5737). */
const ADDRESS = '192.0.2.1'

export const memorySecrets = (values: Readonly<Record<string, string>>): Secrets => ({
  async get(name) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || value === '') throw secretUnavailable(name, 'not set')
    return value
  },
})

export const memoryCache = (clock: { now(): Millis }): Cache => {
  const entries = new Map<string, { readonly value: string; readonly until: Millis }>()
  return {
    async get(key) {
      checkCacheKey(key)
      const entry = entries.get(key)
      return entry === undefined || entry.until <= clock.now() ? undefined : entry.value
    },
    async put(key, value, ttlSeconds) {
      if (mayPut(key, value, ttlSeconds)) entries.set(key, { value, until: clock.now() + ttlSeconds * 1000 })
    },
  }
}

const memoryClock = (start: Millis): MemoryPorts['clock'] => {
  let now = start
  return {
    now: () => now,
    set(to) {
      now = to
    },
    advance(ms) {
      now += ms
    },
  }
}

const memoryBackground = (failed: (error: unknown) => void): MemoryPorts['background'] => {
  const running = new Set<Promise<unknown>>()
  return {
    run(task) {
      const watched = task.catch(failed).finally(() => running.delete(watched))
      running.add(watched)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

const memoryLedgers = (now: () => Millis) => {
  const made = new Map<string, MemoryLedger>()
  let broken: (operation: LedgerOperation, ledger: string) => Break = () => false
  const of = (name: string): MemoryLedger => {
    const it = made.get(name) ?? createMemoryLedger(name, (operation) => broken(operation, name), now)
    made.set(name, it)
    return it
  }
  const ledgers: MemoryPorts['ledgers'] = {
    ledger: (name) => of(name).ledger,
    breakWhen(when) {
      broken = when
    },
  }
  return { ledgers, plans: (name: string) => of(name).plans }
}

export const memoryPorts = (options: MemoryOptions = {}): MemoryPorts => {
  const clock = memoryClock(options.now ?? EPOCH)
  const lines: MemoryPorts['lines'] = []
  const delivered: MemoryPorts['delivered'] = []
  return {
    clock,
    lines,
    background: memoryBackground((error) => lines.push(backgroundFailed(error))),
    secrets: memorySecrets(options.secrets ?? {}),
    cache: memoryCache(clock),
    shield: createMemoryShield(clock, options.shield),
    ...memoryLedgers(() => clock.now()),
    jobs: createMemoryJobs(() => clock.now()),
    reports: createMemoryReports(() => clock.now()),
    delivered,
    notifier: {
      async deliver(url, init) {
        const status = options.deliver?.(url) ?? 200
        delivered.push({ url, ...init })
        return status
      },
    },
    async transport(cluster) {
      const target = options.clusters?.[cluster]
      if (target === undefined) throw new BulkheadError('unknown_cluster', `No cluster is named "${cluster}".`)
      return createTransport(cluster, target.server, target.send)
    },
    fetchIssuer:
      options.fetchIssuer ?? (async (url) => Promise.reject(new TypeError(`Fetch ${url}: no issuer in this test`))),
    clientAddress: options.clientAddress ?? (() => ADDRESS),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    log: (line) => void lines.push(line),
  }
}
