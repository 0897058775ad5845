/** A `Transport` that answers what a test says, and remembers what it was asked. */
import type { Cache, Clock, Transport, TransportInit } from '../../src/ports.ts'

export interface Seen {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

/** `attempt`: how many requests came before this one. */
export type Script = (seen: Seen, attempt: number) => Response | Promise<Response>

const see = (path: string, { method, headers, body, signal }: TransportInit): Seen => {
  const url = new URL(path, 'https://cluster.test')
  return { method, path: url.pathname, query: url.searchParams, headers, body, signal }
}

export const scriptedTransport = (script: Script): Transport & { readonly seen: readonly Seen[] } => {
  const seen: Seen[] = []
  return {
    seen,
    async fetch(path, init) {
      const asked = see(path, init)
      seen.push(asked)
      return script(asked, seen.length - 1)
    },
  }
}

export const json = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(new Headers(init.headers)) },
  })

/** A `Status` as the API server sends it. */
export const statusAnswer = (
  code: number,
  reason: string,
  more: { readonly message?: string; readonly headers?: Record<string, string>; readonly details?: object } = {},
): Response =>
  json(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: more.message ?? 'words of the cluster',
      reason,
      code,
      ...(more.details === undefined ? {} : { details: more.details }),
    },
    { status: code, ...(more.headers === undefined ? {} : { headers: more.headers }) },
  )

/** A body in exactly these chunks; it never ends where `open` is set. */
export const chunks = (parts: readonly Uint8Array[], open = false): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      if (!open) controller.close()
    },
  })

/** A clock that a test moves. */
export const movableClock = (start = Date.UTC(2026, 10, 1)): Clock & { advance(ms: number): void } => {
  let at = start
  return {
    now: () => at,
    advance: (ms) => {
      at += ms
    },
  }
}

export const mapCache = (): Cache & { readonly entries: Map<string, { value: string; ttlSeconds: number }> } => {
  const entries = new Map<string, { value: string; ttlSeconds: number }>()
  return {
    entries,
    get: async (key) => entries.get(key)?.value,
    put: async (key, value, ttlSeconds) => void entries.set(key, { value, ttlSeconds }),
  }
}
