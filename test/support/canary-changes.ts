/**
 * The half of the canary test that changes things, or asks to: a plan about every planted object, by the tools that show
 * most of it, and what operators see of those plans. Nothing is approved, so nothing is changed.
 */
import type { Planted } from './plant.ts'
import type { Args } from './sweeps.ts'

const NOTE = { 'example.com/swept': 'yes' }

/** One of each kind: what a kind's plans look like does not depend on the object. */
const oneOfEach = (planted: readonly Planted[]): readonly Planted[] => [
  ...new Map(planted.map((it) => [`${it.apiVersion} ${it.kind}`, it])).values(),
]

const placeOf = ({ namespace }: Planted) => (namespace === undefined ? {} : { namespace })
const subjectOf = (it: Planted) => ({ kind: it.kind, apiVersion: it.apiVersion, name: it.name, ...placeOf(it) })

/** A delete shows the whole object, so each is asked for; the others show what stands around what they change. */
export const changesOf = (planted: readonly Planted[]): readonly (readonly [string, Args])[] => {
  const kinds = oneOfEach(planted)
  const named = (kind: string) => planted.filter((it) => it.kind === kind)
  return [
    ...planted.map((it) => ['resources_delete', subjectOf(it)] as const),
    ...kinds.map(
      (it) => ['resources_patch', { ...subjectOf(it), patch: { metadata: { annotations: NOTE } } }] as const,
    ),
    ...kinds.map((it) => {
      const metadata = { name: it.name, ...placeOf(it), annotations: NOTE }
      const manifest = JSON.stringify({ apiVersion: it.apiVersion, kind: it.kind, metadata })
      return ['resources_apply', { manifest, force: true }] as const
    }),
    // What cannot be tried says why: the API server's own words of it quote values.
    ...kinds.map((it) => ['resources_patch', { ...subjectOf(it), patch: { spec: 7, data: 7 } }] as const),
    ...['Deployment', 'StatefulSet', 'DaemonSet'].flatMap(named).flatMap(({ kind, name, ...it }) => {
      const workload = { kind, name, namespace: it.namespace }
      return [
        ['rollout_restart', workload] as const,
        ['rollout_undo', workload] as const,
        ['resources_scale', { ...workload, replicas: 0 }] as const,
        ...(kind === 'Deployment' ? [['rollout_pause', workload] as const] : []),
      ]
    }),
    ...named('Pod').map(({ name, namespace }) => ['pods_evict', { name, namespace }] as const),
    ...named('CronJob').map(({ name, namespace }) => ['jobs_run', { cronJob: name, namespace }] as const),
  ]
}

/** A signed-in operator's way of reading a page: status and text, headers included. */
export const signIn = async (
  origin: string,
  key: string,
): Promise<(path: string) => Promise<{ readonly status: number; readonly text: string }>> => {
  const answer = await fetch(`${origin}/console/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ key }).toString(),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  if (answer.status !== 303 || cookie === '') throw new Error(`Sign in: ${answer.status}`)
  return async (path) => {
    const page = await fetch(`${origin}${path}`, { headers: { cookie }, redirect: 'manual' })
    return { status: page.status, text: `${JSON.stringify([...page.headers])}${await page.text()}` }
  }
}
