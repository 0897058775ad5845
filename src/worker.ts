/**
 * The Cloudflare entry: bindings become ports, ports become the app. The configuration was checked and compiled by the
 * build (`npm run config:build`) and is bundled where `bulkhead:config` stands.
 */
import config from 'bulkhead:config'
import { type App, createApp } from './app.ts'
import { type BulkheadEnv, cloudflarePorts } from './platform/cloudflare/index.ts'
import { JobsObject } from './platform/cloudflare/jobs.ts'
import { offer, renderPlan, tools } from './tools/index.ts'

export { LedgerObject } from './platform/cloudflare/ledger.ts'
export { ReportsObject } from './platform/cloudflare/reports.ts'
export { JobsObject }

/** One app an isolate: its bindings do not change while it lives. */
let app: App | undefined

const appOf = (env: BulkheadEnv): App => {
  app ??= createApp(cloudflarePorts(env, config), config, { tools, offer, renderPlan })
  return app
}

JobsObject.runner = (env: BulkheadEnv) => appOf(env).runJob

export default {
  fetch: (request, env) => appOf(env).fetch(request),
} satisfies ExportedHandler<BulkheadEnv>
