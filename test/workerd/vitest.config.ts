/** Tests that run inside workerd, with the bindings that wrangler.toml gives the product. */
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { Response as MiniflareResponse } from 'miniflare'
import { defineConfig } from 'vitest/config'
import { ALLOWED } from '../contracts/shield.ts'
import { answer } from '../contracts/transport.ts'

/** Requests that left for the cluster; asked for by a path that no transport can ask for. */
let seen = 0

export default defineConfig({
  // As a project of ../../vitest.config.ts its root would be this folder, and no path below would be found.
  root: new URL('../..', import.meta.url).pathname,
  plugins: [
    cloudflareTest({
      main: './test/workerd/worker.ts',
      miniflare: {
        compatibilityDate: '2026-10-20',
        durableObjects: {
          LEDGER: { className: 'LedgerObject', useSQLite: true },
          JOBS: { className: 'JobsObject', useSQLite: true },
          REPORTS: { className: 'ReportsObject', useSQLite: true },
        },
        kvNamespaces: ['CACHE'],
        ratelimits: { SHIELD: { namespace_id: '1001', simple: { limit: ALLOWED, period: 60 } } },
        // Whatever goes out by the global fetch.
        outboundService: async (request) => {
          const { hostname } = new URL(request.url)
          if (hostname === 'count.example.com') return new MiniflareResponse(String(seen))
          seen++
          const body = request.method === 'GET' ? null : await request.text()
          const copy = new Request(request.url, { method: request.method, headers: [...request.headers], body })
          const { status, headers, body: stream } = await answer(copy)
          return new MiniflareResponse(await new Response(stream).text(), { status, headers: [...headers] })
        },
      },
    }),
  ],
  // Hundreds of parallel requests, on two busy cores.
  test: { name: 'workerd', include: ['test/workerd/**/*.test.ts'], testTimeout: 60_000 },
})
