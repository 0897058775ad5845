/**
 * The conformance suite's entry: the product's app, with the suite's fixtures in the place of the product's MCP server.
 * The suite sends no credentials, so this entry adds the key of its own configuration; everything else (shield, host and
 * origin checks, authentication, body limit, endpoint) is the product's.
 */
import config from 'bulkhead:config'
import { type App, createApp } from '../../src/app.ts'
import { type BulkheadEnv, cloudflarePorts } from '../../src/platform/cloudflare/index.ts'
import { offer } from '../../src/tools/index.ts'
import { createFixtureServer } from './fixtures.ts'

export { JobsObject } from '../../src/platform/cloudflare/jobs.ts'
export { LedgerObject } from '../../src/platform/cloudflare/ledger.ts'
export { ReportsObject } from '../../src/platform/cloudflare/reports.ts'

let app: App | undefined

export default {
  fetch(request, env) {
    app ??= createApp(
      cloudflarePorts(env, config),
      config,
      { tools: [], offer, renderPlan: () => ({}) },
      {
        // The suite's logging fixture speaks before it answers, unasked.
        mcp: { factory: createFixtureServer, streams: () => true },
      },
    )
    const headers = new Headers(request.headers)
    headers.set('authorization', `Bearer ${env.CONFORMANCE_KEY}`)
    return app.fetch(new Request(request, { headers }))
  },
} satisfies ExportedHandler<BulkheadEnv>
