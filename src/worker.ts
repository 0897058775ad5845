/**
 * The Cloudflare entry: bindings become ports, ports become the app. The configuration was checked and compiled by the
 * build (`npm run config:build`) and is bundled where `bulkhead:config` stands.
 */
import config from 'bulkhead:config'
import { type App, createApp } from './app.ts'
import { type BulkheadEnv, cloudflarePorts } from './platform/cloudflare/index.ts'
import { tools } from './tools/index.ts'

export { LedgerObject } from './platform/cloudflare/ledger.ts'

/** One app an isolate: its bindings do not change while it lives. */
let app: App | undefined

export default {
  fetch(request, env) {
    app ??= createApp(cloudflarePorts(env, config), config, tools)
    return app.fetch(request)
  },
} satisfies ExportedHandler<BulkheadEnv>
