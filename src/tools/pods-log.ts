/** The end of a container's log, or of all containers'; or the lines in it that a pattern matches. */
import * as z from 'zod'
import { durationMs } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import { each } from '../kube/each.ts'
import { arrayOf, objectOf, textOf } from '../kube/json.ts'
import { isLabel } from '../kube/names.ts'
import { count } from '../kube/text.ts'
import { type ClusterView, type Json, type LogAnswer, type LogQuery, readTool } from '../tool.ts'
import { cluster, container, MAX_CONTEXT, MAX_TAIL, match, name, ownNamespace, since } from './arguments.ts'
import { foldLines, newestOf, plainLines } from './render/log.ts'
import { roomOf } from './render/pages.ts'

/** What one looks at first; some 3,000 tokens. */
const DEFAULT_TAIL = 100
const MS_PER_SECOND = 1000
/** Each is a request of its own, and shares one answer with the others. */
const MAX_CONTAINERS = 20

const input = z.strictObject({
  cluster,
  namespace: ownNamespace,
  name,
  container,
  allContainers: z.boolean().optional(),
  tail: z.int().min(1).max(MAX_TAIL).optional().describe('lines; all with match'),
  since,
  previous: z.boolean().optional().describe('before the last restart'),
  match,
  context: z.int().min(0).max(MAX_CONTEXT).optional().describe('lines around a match'),
  repeats: z.boolean().optional().describe('do not fold'),
})
type Input = z.infer<typeof input>

const queryOf = ({ namespace, name, tail, since, previous, match, context }: Input): LogQuery => {
  const lines = tail ?? (match === undefined ? DEFAULT_TAIL : undefined)
  return {
    namespace,
    name,
    ...(lines === undefined ? {} : { tailLines: lines }),
    ...(since === undefined ? {} : { sinceSeconds: Math.ceil(durationMs(since) / MS_PER_SECOND) }),
    ...(previous === undefined ? {} : { previous }),
    ...(match === undefined ? {} : { match }),
    ...(context === undefined ? {} : { context }),
  }
}

/** One log, rendered. `folded`: runs of lines were folded. `summary`: our own words and numbers. */
interface RenderedLog {
  readonly text: string
  readonly folded: boolean
  readonly summary: string
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

const summaryOf = (
  log: LogAnswer,
  shown: number,
  read: number,
  cut: boolean,
  { since, tail, match }: Input,
): string => {
  const within = since === undefined ? '' : ` of the last ${since}`
  if (log.found !== undefined) {
    const { lines, matches } = log.found
    const searched = `${count(matches, 'match').replace(/matchs$/, 'matches')} in ${count(lines, 'line')}${within}`
    return cut ? `${searched}; the newest ${count(shown, 'line')} are shown, older ones do not fit.` : `${searched}.`
  }
  if (read === 0) return `The log${within} is empty: nothing was written, or the container has not started.`
  const counted = count(shown, 'line')
  if (cut) return `The newest ${counted}${within}; older ones do not fit one answer.`
  return match === undefined && read >= (tail ?? DEFAULT_TAIL)
    ? `The newest ${counted}${within}, perhaps not all: a larger tail (at most ${MAX_TAIL}) reads further back.`
    : `${counted}${within}, complete.`
}

const render = (log: LogAnswer, room: number, asked: Input): RenderedLog => {
  const lines = linesOf(log.text)
  const entries = asked.repeats === true ? plainLines(lines) : foldLines(lines)
  const { text, lines: shown, cut } = newestOf(entries, room)
  return {
    text,
    folded: entries.length < lines.length,
    summary: summaryOf(log, shown, lines.length, cut || log.cut, asked),
  }
}

const FOLDED =
  'Lines that differ only in times and ids are folded to the newest and a count (×); repeats: true shows each.'

const containersOf = async (view: ClusterView, { name, namespace }: Input): Promise<readonly string[]> => {
  const pod = await view.get(await view.resolve('pods', 'v1'), name, namespace)
  const spec = objectOf(pod.spec as Json | undefined)
  return [spec.initContainers, spec.containers, spec.ephemeralContainers]
    .flatMap(arrayOf)
    .map((it) => textOf(objectOf(it).name) ?? '')
    .filter(isLabel)
}

/** A container that has written nothing is no reason to keep back what the others wrote. */
const orWhyNot = (error: unknown): string => {
  if (error instanceof BulkheadError && error.code === 'log_unavailable') return error.message
  throw error
}

export const podsLog = readTool({
  name: 'pods_log',
  title: 'Read a pod log',
  description: `The newest ${DEFAULT_TAIL} (or tail) lines of a container's log, or all that match.`,
  input,
  needs: [{ verb: 'get', resource: 'pods/log' }],
  async run(asked, views) {
    const view = views.cluster(asked.cluster)
    const query = queryOf(asked)
    if (asked.allContainers !== true) {
      const log = await view.log({ ...query, ...(asked.container === undefined ? {} : { container: asked.container }) })
      const { text, folded, summary } = render(log, roomOf(views), asked)
      return { ...(text === '' ? {} : { untrusted: text }), notes: [summary, ...(folded ? [FOLDED] : [])] }
    }
    if (asked.container !== undefined)
      throw new BulkheadError('invalid_arguments', 'Ask for one container or for allContainers, not for both.')
    const containers = await containersOf(view, asked)
    const chosen = containers.slice(0, MAX_CONTAINERS)
    const room = Math.floor(roomOf(views) / Math.max(1, chosen.length))
    const parts = new Map<string, RenderedLog>()
    await each(chosen, async (container) => {
      const part = await view.log({ ...query, container }).then(
        (log) => render(log, room, asked),
        (error: unknown) => ({ text: '', folded: false, summary: orWhyNot(error) }),
      )
      parts.set(container, part)
    })
    const sections = chosen.map((container) => {
      const { text = '', summary = '' } = parts.get(container) ?? {}
      return [`== ${container}: ${summary}`, ...(text === '' ? [] : [text])].join('\n')
    })
    return {
      untrusted: sections.join('\n'),
      notes: [
        `${count(chosen.length, 'container')}, a section each.`,
        ...([...parts.values()].some(({ folded }) => folded) ? [FOLDED] : []),
        ...(containers.length > chosen.length
          ? [`${containers.length - chosen.length} more were not read: name one by container.`]
          : []),
      ],
    }
  },
})
