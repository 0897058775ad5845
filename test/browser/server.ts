/** The console on loopback, in front of a fake desk, for a real browser. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GATEWAY_LEDGER } from '../../src/ports.ts'
import { type ConsoleBench, consoleBench, consoleConfig } from '../unit/console/setup.ts'
import { CHECKS, PLANS, RECORDS, WAITING } from './scenes.ts'

export interface Site {
  readonly origin: string
  stop(): Promise<void>
}
export interface ConsoleSite extends Site, ConsoleBench {}

const bodyOf = async (request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> => {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Uint8Array.from(Buffer.concat(chunks))
}

/** `answer` gets each request under the origin that it was sent to. */
export const serve = async (answer: (request: Request) => Promise<Response>): Promise<Site> => {
  const server = createServer((request, response) => {
    const handle = async () => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
      const url = `http://${request.headers.host}${request.url}`
      const init = { method: request.method ?? 'GET', headers, body: await bodyOf(request) }
      const answered = await answer(new Request(url, init))
      response.writeHead(answered.status, [...answered.headers].flat())
      response.end(Buffer.from(await answered.arrayBuffer()))
    }
    handle().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const serveConsole = async (): Promise<ConsoleSite> => {
  // The console must know its own origin, and that has the port.
  let bench: ConsoleBench | undefined
  const site = await serve(async (request) => bench?.fetch(request) ?? new Response(null, { status: 503 }))
  const made = consoleBench({ config: consoleConfig({ publicUrl: site.origin }), plans: PLANS, checks: CHECKS })
  const ledger = made.ports.ledgers.ledger(GATEWAY_LEDGER)
  for (const entry of RECORDS) await ledger.append({ now: made.ports.clock.now(), entry })
  made.desk.waiting = WAITING
  bench = made
  return { ...made, ...site }
}

/** As a proxy that ends TLS hands requests on to a deployment at `publicUrl`. */
export const serveBehindProxy = async (
  publicUrl: string,
  answer: (request: Request) => Promise<Response>,
): Promise<Site> => {
  const site: Site = await serve(async (request) => {
    const { pathname, search } = new URL(request.url)
    const headers = new Headers(request.headers)
    headers.set('host', new URL(publicUrl).host)
    if (headers.get('origin') === site.origin) headers.set('origin', publicUrl)
    const body = request.method === 'POST' ? await request.arrayBuffer() : null
    return answer(new Request(`${publicUrl}${pathname}${search}`, { method: request.method, headers, body }))
  })
  return site
}
