/**
 * One call over several clusters: `cluster` names them, or says `*` for every one that policy opens to the caller. Each is
 * a call of its own, as if it had been asked for alone: its own policy, admission, budget, record and outcome, in its own
 * ledger. Here is only who is asked, how many at once, and how the answers stand beside each other: each under a heading of
 * ours, outside of any envelope, so that no cluster's text can pass for another's. What failed is a part, too, and the first
 * line says so: the whole never looks whole when it is not.
 */
import type { Caller } from '../access.ts'
import { BulkheadError, CODES, type ErrorCode } from '../errors.ts'
import { isLabel } from '../kube/grammar.ts'
import { bytesOf, count } from '../kube/text.ts'
import type { Tool } from '../tool.ts'
import { CALL_DEADLINE_MS, type CallOptions, type Guard, type Reply } from './call.ts'
import type { Output } from './output/index.ts'
import type { Policy } from './policy.ts'

/** Of the usual budget of 48,000 bytes each still has 2,400; with more of them a list of names serves better. */
export const MAX_CLUSTERS = 20
/** A Worker has six connections at once, and a list needs one or two; changes_list holds fourteen pages at a time. */
export const CLUSTERS_AT_ONCE = 3
/** So many rows of a table, and a note. It is the least that one answer may be configured to have. */
const MIN_SHARE_BYTES = 2_000
/** `== NAME: ` and two line ends. */
const HEADING_BYTES = 7
/** The line that says what is missing. */
const FIRST_LINE_BYTES = 200
/** Names of 63 characters, a comma and a space between them: longer text is not looked at. */
const MAX_TEXT = MAX_CLUSTERS * 65

const ALL = '*'

const invalid = (sentence: string): BulkheadError => new BulkheadError('invalid_arguments', sentence)

const tooMany = (most: number): BulkheadError =>
  invalid(
    `One call asks at most ${most} clusters, so that each has room to answer: name fewer, and call again for the others.`,
  )

/** Undefined: one cluster, or none, is named. Each name once, in the order given. `open`: what policy opens to the caller. */
const namesIn = (cluster: unknown, open: () => readonly string[]): readonly string[] | undefined => {
  if (typeof cluster !== 'string' || (cluster !== ALL && !cluster.includes(','))) return undefined
  if (cluster.length > MAX_TEXT) throw tooMany(MAX_CLUSTERS)
  if (cluster === ALL) return open()
  const names = [...new Set(cluster.split(',').map((name) => name.trim()))]
  if (names.every(isLabel)) return names
  throw invalid('cluster is one name, several with a comma between them, or * alone: clusters_list has the names.')
}

const refuseMisuse = (tool: Tool, args: Readonly<Record<string, unknown>>): void => {
  if (tool.kind === 'change')
    throw invalid('A change is made in one cluster: name that one, and call again for each other.')
  if (tool.several !== true)
    throw invalid('This tool looks at one cluster at a time: ask them one by one. Those that list take several.')
  if (args.cursor !== undefined)
    throw invalid('A cursor goes on with the list of one cluster: name the one whose answer held it.')
}

export interface SeveralParts {
  readonly guard: Guard
  readonly policy: Pick<Policy, 'clustersFor'>
  readonly output: Output
  /** Of one answer, whole. */
  readonly maxBytes: number
}

/** A part's reply; undefined: the time was over before it was asked. */
interface Part {
  readonly cluster: string
  readonly reply: Exclude<Reply, { readonly ok: 'ask' }>
}

const notAsked = (): Part['reply'] => ({
  ok: false,
  code: 'cluster_timeout',
  retryable: CODES.cluster_timeout.retryable,
  text: 'cluster_timeout: Not asked, for the others took all the time of the call. Ask for it alone.',
})

const asksNobody = (reply: Reply): Part['reply'] =>
  reply.ok === 'ask' ? { ok: false, code: 'internal', retryable: false, text: 'internal: A read asks nobody.' } : reply

/** The one code of them all, or the first's. */
const codeOf = (failed: readonly { readonly code: ErrorCode }[]): ErrorCode => failed[0]?.code ?? 'internal'

export const overSeveral = ({ guard, policy, output, maxBytes }: SeveralParts): Guard => {
  const most = Math.min(MAX_CLUSTERS, Math.floor(maxBytes / MIN_SHARE_BYTES))

  const compose = (parts: readonly Part[]): Reply => {
    const out = output.session()
    const failed = parts.flatMap(({ reply }) => (reply.ok ? [] : [reply]))
    const sections = parts.map(({ cluster, reply }) =>
      [out.text(`== ${cluster}`).text, reply.ok ? '\n' : ': ', reply.text].join(''),
    )
    const whole = (first: readonly string[]) => [...first, ...sections].join('\n')
    if (failed.length === parts.length) {
      const code = codeOf(failed)
      const text = whole([`${code}: None of ${count(parts.length, 'cluster')} gave an answer.`])
      return { ok: false, code, retryable: failed.some((it) => it.retryable), text }
    }
    const text = whole(
      failed.length === 0
        ? []
        : [`Incomplete: ${failed.length} of ${parts.length} clusters gave no answer; each says why under its name.`],
    )
    return { ok: true, text }
  }

  const ask = async (
    caller: Caller,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    names: readonly string[],
    options: CallOptions,
  ): Promise<Reply> => {
    const late = new BulkheadError(
      'cluster_timeout',
      'The call was not done in time, for all its clusters together. Ask fewer at once.',
    )
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(late), CALL_DEADLINE_MS)
    const signal = AbortSignal.any([options.signal, deadline.signal])
    const parts: Part[] = []
    let left = maxBytes - FIRST_LINE_BYTES - names.reduce((sum, name) => sum + bytesOf(name) + HEADING_BYTES, 0)
    let waiting = names.length

    const askOne = async (cluster: string): Promise<Part['reply']> => {
      if (signal.aborted) return notAsked()
      // What the others did not need is shared by those that come later: never less than an equal part.
      const share = Math.floor(left / waiting)
      waiting -= 1
      left -= share
      const { progress } = options
      const reply = await guard.call(
        caller,
        tool,
        { ...args, cluster },
        {
          ...options,
          signal,
          maxBytes: share,
          ...(progress === undefined ? {} : { progress: (message: string) => progress(`${cluster}: ${message}`) }),
        },
      )
      if (reply.ok !== 'ask') left += Math.max(0, share - bytesOf(reply.text))
      return asksNobody(reply)
    }

    const queue = names.entries()
    const lane = async () => {
      for (const [index, cluster] of queue) parts[index] = { cluster, reply: await askOne(cluster) }
    }
    try {
      await Promise.all(Array.from({ length: CLUSTERS_AT_ONCE }, lane))
    } finally {
      clearTimeout(timer)
    }
    return compose(parts)
  }

  return {
    visible: guard.visible,
    find: guard.find,
    async call(caller, name, args, options) {
      const given = typeof args === 'object' && args !== null ? (args as Readonly<Record<string, unknown>>) : {}
      try {
        const names = namesIn(given.cluster, () => policy.clustersFor(caller))
        const tool = names === undefined ? undefined : guard.find(caller, name)
        if (names === undefined || tool === undefined) return await guard.call(caller, name, args, options)
        refuseMisuse(tool, given)
        const [first] = names
        if (first === undefined)
          throw new BulkheadError('policy_denied', 'No policy rule lets this caller look at any cluster.')
        if (names.length > most) throw tooMany(most)
        const one = { ...given, cluster: first }
        // Arguments that are wrong are so in every cluster: told, and recorded, once.
        if (!tool.input.safeParse(one).success) return await guard.call(caller, name, one, options)
        return await ask(caller, name, given, names, options)
      } catch (error) {
        if (!(error instanceof BulkheadError)) throw error
        return guard.call(caller, name, args, { ...options, wrong: error })
      }
    },
  }
}
