/** One Helm release: its values (masked), its manifest, its notes, or its revisions. */
import * as z from 'zod'
import { BulkheadError } from '../errors.ts'
import { ageOf } from '../kube/ages.ts'
import { count, oneLine } from '../kube/text.ts'
import { type Answer, type HelmRelease, readTool } from '../tool.ts'
import { cluster, ownNamespace, release } from './arguments.ts'
import { look, notesOn, type Release, releaseOf, STORES } from './helm.ts'
import { renderTable } from './render/table.ts'
import { tidy, toYaml } from './render/yaml.ts'

const MAX_REVISION = 1_000_000

const headOf = ({ chart, appVersion, status, description }: HelmRelease): string =>
  oneLine(`chart ${chart}, app ${appVersion}, ${status}: ${description}`)

const bodyOf = (release: HelmRelease, part: 'values' | 'manifest' | 'notes'): { text: string; notes: string[] } => {
  if (part === 'notes') return { text: release.notes, notes: [] }
  if (part === 'values') return { text: toYaml(release.values), notes: ['Values given at install, all masked.'] }
  return release.manifest === undefined
    ? { text: '', notes: ['The manifest is no plain YAML and was left out.'] }
    : { text: release.manifest.map((object) => toYaml(tidy(object))).join('\n---\n'), notes: [] }
}

const historyOf = (revisions: readonly Release[], now: number): string =>
  renderTable({
    headers: ['REVISION', 'STATUS', 'UPDATED'],
    rows: revisions.map((it) => [String(it.revision), oneLine(it.status), ageOf(it.updated, now)]),
  })

export const helmGet = readTool({
  name: 'helm_get',
  title: 'Get a Helm release',
  description: 'Values (masked), manifest, notes or revisions of a Helm release.',
  input: z.strictObject({
    cluster,
    namespace: ownNamespace,
    name: release,
    revision: z.int().min(1).max(MAX_REVISION).optional(),
    part: z.enum(['values', 'manifest', 'notes', 'history']).optional(),
  }),
  needs: [
    { verb: 'get', resource: 'secrets' },
    { verb: 'get', resource: 'configmaps' },
  ],
  async run(input, views): Promise<Answer> {
    const view = views.cluster(input.cluster)
    const { namespace, name, part = 'manifest' } = input
    const query = { namespace, labelSelector: `owner=helm,name=${name}` }
    const found = await Promise.all(STORES.map((store) => look(view, store, query)))
    const revisions = found
      .flatMap(({ store, items }) => items.map((item) => ({ store, release: releaseOf(item) })))
      .flatMap(({ store, release }) => (release?.name === name ? [{ store, ...release }] : []))
      .toSorted((a, b) => b.revision - a.revision)
    const chosen = revisions.find((it) => input.revision === undefined || it.revision === input.revision)
    const notes = notesOn(found)
    if (chosen === undefined) {
      // Where one store could not be looked at, "not found" would claim too much.
      if (notes.length > 0) return { notes: ['No such release or revision was found.', ...notes] }
      throw new BulkheadError(
        'not_found',
        'There is no such Helm release or revision: helm_list names those there are.',
      )
    }
    if (part === 'history')
      return {
        untrusted: historyOf(revisions, views.now),
        notes: [`${count(revisions.length, 'revision')}.`, ...notes],
      }
    const store = await view.resolve(chosen.store, 'v1')
    const stored = await view.helmRelease(store, { namespace, name, revision: chosen.revision })
    const body = bodyOf(stored, part)
    return {
      untrusted: [headOf(stored), ...(body.text === '' ? [] : [body.text])].join('\n'),
      notes: [`Revision ${chosen.revision}.`, ...body.notes, ...notes],
    }
  },
})
