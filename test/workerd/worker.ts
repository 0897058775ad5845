/** The Worker that the tests in workerd run in: the product's Durable Object and bindings, nothing else. */
export { JobsObject } from '../../src/platform/cloudflare/jobs.ts'
export { LedgerObject } from '../../src/platform/cloudflare/ledger.ts'

export default {
  fetch: () => new Response('nothing here', { status: 404 }),
} satisfies ExportedHandler
