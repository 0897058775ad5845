/** The end of a container's log. */
import * as z from 'zod'
import { durationMs } from '../config.ts'
import { readTool } from '../tool.ts'
import { cluster, container, MAX_TAIL, name, ownNamespace, since } from './arguments.ts'
import { roomOf } from './render/pages.ts'
import { bytesOf, count } from './render/text.ts'

/** What one looks at first; some 3,000 tokens. */
const DEFAULT_TAIL = 100
const MS_PER_SECOND = 1000

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** The newest lines that fit; of one line that alone does not, its end. */
const newest = (lines: readonly string[], room: number): { shown: readonly string[]; cut: boolean } => {
  let bytes = 0
  let from = lines.length
  while (from > 0) {
    bytes += bytesOf(lines[from - 1] ?? '') + 1
    if (bytes > room) break
    from -= 1
  }
  const last = lines.at(-1)
  if (from === lines.length && last !== undefined) return { shown: [`…${last.slice(-room)}`], cut: true }
  return { shown: lines.slice(from), cut: from > 0 }
}

export const podsLog = readTool({
  name: 'pods_log',
  title: 'Read a pod log',
  description: `The newest lines of a container's log, ${DEFAULT_TAIL} unless tail says otherwise.`,
  input: z.strictObject({
    cluster,
    namespace: ownNamespace,
    name,
    container,
    tail: z.int().min(1).max(MAX_TAIL).optional().describe('lines'),
    since,
    previous: z.boolean().optional().describe('the instance before the last restart'),
  }),
  needs: [{ verb: 'get', resource: 'pods/log' }],
  async run(input, views) {
    const tail = input.tail ?? DEFAULT_TAIL
    const log = await views.cluster(input.cluster).log({
      namespace: input.namespace,
      name: input.name,
      tailLines: tail,
      ...(input.container === undefined ? {} : { container: input.container }),
      ...(input.since === undefined ? {} : { sinceSeconds: Math.ceil(durationMs(input.since) / MS_PER_SECOND) }),
      ...(input.previous === undefined ? {} : { previous: input.previous }),
    })
    const lines = linesOf(log.text)
    const within = input.since === undefined ? '' : ` of the last ${input.since}`
    if (lines.length === 0)
      return { notes: [`The log${within} is empty: nothing was written, or the container has not started.`] }
    const { shown, cut } = newest(lines, roomOf(views))
    const counted = count(shown.length, 'line')
    const note =
      cut || log.cut
        ? `The newest ${counted}${within}; older ones do not fit one answer.`
        : lines.length >= tail
          ? `The newest ${counted}${within}, perhaps not all: a larger tail (at most ${MAX_TAIL}) reads further back.`
          : `${counted}${within}, complete.`
    return { untrusted: shown.join('\n'), notes: [note] }
  },
})
