/** The Worker that the tests in workerd run in: the product's Durable Objects and bindings, nothing else. */
export { JobsObject } from '../../src/platform/cloudflare/jobs.ts'
export { LedgerObject } from '../../src/platform/cloudflare/ledger.ts'
export { ReportsObject } from '../../src/platform/cloudflare/reports.ts'

export default {
  fetch: () => new Response('nothing here', { status: 404 }),
} satisfies ExportedHandler
