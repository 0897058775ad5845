/** What happened lately, in the cluster's own words. */
import * as z from 'zod'
import { durationMs } from '../config.ts'
import { foldEvents, readEvents, seenWithin } from '../kube/events.ts'
import { bytesOf, count } from '../kube/text.ts'
import { type ClusterView, readTool, type TablePage } from '../tool.ts'
import { clusters, involvedObject, namespace, since } from './arguments.ts'
import { renderEvents } from './render/events.ts'
import { roomOf } from './render/pages.ts'

/** Events come in the order of their names, so the newest are known only when all have been read: 1,000 to 2,000. */
const MAX_PAGES = 4
/** Rows of one answer; some 4,000 tokens. */
const MAX_SHOWN = 100

const selectorOf = async (
  view: ClusterView,
  involved: string | undefined,
  type: string | undefined,
): Promise<string> => {
  const slash = involved?.indexOf('/') ?? -1
  // `pod/web-1` means the kind Pod, and the selector compares letter by letter.
  const kind = slash === -1 ? undefined : (await view.resolve(involved?.slice(0, slash) ?? '')).kind
  return [
    ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
    ...(involved === undefined ? [] : [`involvedObject.name=${involved.slice(slash + 1)}`]),
    ...(type === undefined ? [] : [`type=${type}`]),
  ].join(',')
}

export const eventsList = readTool({
  name: 'events_list',
  title: 'List events',
  description: 'Events, newest first, repeated ones counted. Most clusters keep them for one hour.',
  input: z.strictObject({
    cluster: clusters,
    namespace,
    involvedObject,
    type: z.enum(['Normal', 'Warning']).optional(),
    since,
  }),
  several: true,
  needs: [{ verb: 'list', resource: 'events' }],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const events = await view.resolve('events', 'v1')
    const fieldSelector = await selectorOf(view, input.involvedObject, input.type)
    const pages: TablePage[] = []
    let cursor: string | undefined
    do {
      const page = await view.table(events, {
        ...(input.namespace === undefined ? {} : { namespace: input.namespace }),
        ...(fieldSelector === '' ? {} : { fieldSelector }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      pages.push(page)
      cursor = page.cursor
    } while (cursor !== undefined && pages.length < MAX_PAGES)

    const ms = input.since === undefined ? Number.POSITIVE_INFINITY : durationMs(input.since)
    const all = foldEvents(pages.flatMap(readEvents).filter((event) => seenWithin(event, ms)))
    let shown = all.slice(0, MAX_SHOWN)
    let text = renderEvents(shown, input.namespace === undefined)
    while (shown.length > 1 && bytesOf(text) > roomOf(views)) {
      shown = shown.slice(0, Math.floor(shown.length / 2))
      text = renderEvents(shown, input.namespace === undefined)
    }
    const within = input.since === undefined ? '' : ` of the last ${input.since}`
    const narrow = 'narrow by namespace, involvedObject, type or since'
    return {
      ...(shown.length === 0 ? {} : { untrusted: text }),
      notes: [
        shown.length === 0
          ? `No events${within}.`
          : shown.length < all.length
            ? `The newest ${shown.length} of ${all.length} different events${within}: ${narrow} to see the others.`
            : `${count(shown.length, 'different event')}${within}.`,
        ...(cursor === undefined
          ? []
          : [`Incomplete: there are more events than were read, and newer ones may be among them: ${narrow}.`]),
      ],
    }
  },
})
