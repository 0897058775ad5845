/**
 * The Cloudflare entry: bindings become ports, ports become the app. The configuration was checked and compiled by the
 * build (`npm run config:build`) and is bundled where `bulkhead:config` stands.
 */
import config from 'bulkhead:config'
import { createApp } from './app.ts'
import { type BulkheadEnv, cloudflarePorts } from './platform/cloudflare/index.ts'
import { tools } from './tools/index.ts'

export { LedgerObject } from './platform/cloudflare/ledger.ts'

type Handler = ReturnType<typeof createApp>

/** One app an isolate: bindings do not change while it lives. */
let app: Handler | undefined

export default {
  fetch(request, env, context) {
    const ports = cloudflarePorts(env, config)
    app ??= createApp(ports, config, tools)
    return app.fetch(request, { background: (task) => context.waitUntil(task) })
  },
} satisfies ExportedHandler<BulkheadEnv>
