/**
 * The product's Worker with bindings that count, and Durable Objects whose answers may come later: what `npm run bench --
 * cost` and `-- latency` run. What it does in between is the product's own.
 */
import type { BulkheadEnv } from '../../../src/platform/cloudflare/index.ts'
import worker, { JobsObject, LedgerObject, ReportsObject } from '../../../src/worker.ts'
import { DELAY_BINDING, TAKE_PATH } from './bill.ts'
import { meterCache, meterFetcher, meterNamespace, meterStorage, take } from './meter.ts'

class MeteredLedger extends LedgerObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    meterStorage(state.storage)
    super(state, env)
  }
}

class MeteredJobs extends JobsObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    meterStorage(state.storage)
    super(state, env)
  }
}

class MeteredReports extends ReportsObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    meterStorage(state.storage)
    super(state, env)
  }
}

export { MeteredJobs as JobsObject, MeteredLedger as LedgerObject, MeteredReports as ReportsObject }

/** As scripts/local/workerd.ts names the clusters' bindings. */
const CLUSTER = /^LOCAL_CLUSTER_\d+$/

const metered = (env: BulkheadEnv): BulkheadEnv => {
  const delayMs = Number(env[DELAY_BINDING] ?? 0)
  const clusters = Object.entries(env)
    .filter(([name]) => CLUSTER.test(name))
    .map(([name, binding]) => [name, meterFetcher(binding as Fetcher)] as const)
  return {
    ...env,
    ...Object.fromEntries(clusters),
    LEDGER: meterNamespace(env.LEDGER, delayMs),
    JOBS: meterNamespace(env.JOBS, delayMs),
    REPORTS: meterNamespace(env.REPORTS, delayMs),
    CACHE: meterCache(env.CACHE),
    // Cloudflare's counts in place; Miniflare's is another Worker, whose CPU would be counted with ours.
    SHIELD: { limit: async () => ({ success: true }) },
  }
}

/** The product makes one app of the first it is given. */
let bindings: BulkheadEnv | undefined

// biome-ignore lint/style/noDefaultExport: what workerd calls
export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === TAKE_PATH) return Response.json(take())
    bindings ??= metered(env)
    return worker.fetch(request, bindings)
  },
} satisfies ExportedHandler<BulkheadEnv>
