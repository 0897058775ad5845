/** Who changed what lately, on one timeline: managedFields, revisions, events, Helm and our own ledger. */
import * as z from 'zod'
import { durationMs } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import { humanDuration } from '../kube/ages.ts'
import { bytesOf, count, oneLine } from '../kube/text.ts'
import type { TimelineEntry } from '../report.ts'
import { readTool } from '../tool.ts'
import { clusters, kind, name, namespace, since } from './arguments.ts'
import { roomOf } from './render/pages.ts'
import { renderTable } from './render/table.ts'
import { timelineOf } from './timeline.ts'

/** Yesterday's deployment is still in it. */
const DEFAULT_SINCE = '1d'
/** Rows of one answer; some 5,000 tokens. */
const MAX_SHOWN = 100
const OWNED =
  'A field manager is told with its last write and the fields that it owns since; which of them that write changed, the cluster does not keep.'

const render = (entries: readonly TimelineEntry[], now: number, showNamespace: boolean): string =>
  renderTable({
    headers: ['AGO', 'SOURCE', ...(showNamespace ? ['NAMESPACE'] : []), 'OBJECT', 'WHO', 'WHAT'],
    rows: entries.map(({ time, source, subject, who, what }) => [
      humanDuration(now - Date.parse(time)),
      source,
      ...(showNamespace ? [oneLine(subject.namespace ?? '')] : []),
      oneLine(`${subject.kind}/${subject.name}`),
      who,
      what,
    ]),
    foldable: ['SOURCE', 'NAMESPACE'],
  })

export const changesList = readTool({
  name: 'changes_list',
  title: 'List changes',
  description: 'Who changed what, newest first: writes, rollouts, events, Helm, Bulkhead.',
  input: z.strictObject({ cluster: clusters, namespace, kind: kind.optional(), name: name.optional(), since }),
  several: true,
  needs: [
    { verb: 'list', resource: '*' },
    { verb: 'get', resource: '*' },
  ],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const { namespace } = input
    if ((input.kind === undefined) !== (input.name === undefined))
      throw new BulkheadError('invalid_arguments', 'Of one object, give kind and name; of a namespace, neither.')
    const object =
      input.kind === undefined || input.name === undefined
        ? undefined
        : { type: await view.resolve(input.kind), name: input.name }
    const within = input.since ?? DEFAULT_SINCE
    const { entries, leftOut, notes } = await timelineOf(view, views, {
      ...(namespace === undefined ? {} : { namespace }),
      ...(object === undefined ? {} : { object }),
      since: views.now - durationMs(within),
      limit: MAX_SHOWN,
    })
    const several = namespace === undefined && object === undefined
    let shown = entries
    let text = render(shown, views.now, several)
    while (shown.length > 1 && bytesOf(text) > roomOf(views)) {
      shown = shown.slice(0, Math.floor(shown.length / 2))
      text = render(shown, views.now, several)
    }
    const all = entries.length + leftOut
    return {
      ...(shown.length === 0 ? {} : { untrusted: text }),
      notes: [
        shown.length === 0
          ? `No changes found within ${within}.`
          : shown.length < all
            ? `The newest ${shown.length} of ${all} changes within ${within}: name an object or a shorter since to see the others.`
            : `${count(shown.length, 'change')} within ${within}.`,
        ...(shown.some((it) => it.source === 'managedFields' && it.what !== 'created') ? [OWNED] : []),
        ...(several
          ? ['Over all namespaces, revisions, Services, ConfigMaps and Secrets are not looked at: name a namespace.']
          : []),
        ...notes,
      ],
    }
  },
})
