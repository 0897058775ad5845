/** What the attack tests put in the place of a cluster: an API server that serves what it is told, and discovery of it. */
import { SERVER } from '../app/setup.ts'

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

export const status = (code: number, reason: string, message = ''): Response =>
  json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message }, code)

export interface ServedType {
  readonly group: string
  readonly kind: string
  readonly resource: string
  readonly singular?: string
  readonly shortNames?: readonly string[]
  readonly verbs?: readonly string[]
  readonly version?: string
}

export const discoveryOf = (types: readonly ServedType[]): Response =>
  json({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    items: types.map(({ group, kind, resource, singular, shortNames, verbs = ['get', 'list'], version = 'v1' }) => ({
      metadata: { name: group },
      versions: [
        {
          version,
          freshness: 'Current',
          resources: [
            { resource, responseKind: { kind }, scope: 'Namespaced', singularResource: singular, shortNames, verbs },
          ],
        },
      ],
    })),
  })

export type Serve = (path: string, query: URLSearchParams) => Response | undefined

/** For `run({ send })`: what `serve` leaves out is answered by the setup's own server. */
export const served =
  (serve: Serve) =>
  (path: string): Promise<Response> | undefined => {
    const url = new URL(path, SERVER)
    const answer = serve(url.pathname, url.searchParams)
    return answer === undefined ? undefined : Promise.resolve(answer)
  }

/** An answer in its two parts: what stands inside the envelope, and what Bulkhead says in its own words around it. */
export const partsOf = (text: string): { readonly inside: string; readonly outside: string } => {
  const [, boundary = ''] = /^<untrusted cluster-text ([\w-]{12})>$/m.exec(text) ?? []
  const open = `<untrusted cluster-text ${boundary}>\n`
  const from = text.indexOf(open)
  const to = text.indexOf(`\n</untrusted ${boundary}>`)
  if (boundary === '' || from < 0 || to < from) return { inside: '', outside: text }
  return { inside: text.slice(from + open.length, to), outside: text.slice(0, from) + text.slice(to) }
}
