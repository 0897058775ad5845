/**
 * The guard around one tool call: who may see the tool, whether the arguments are exactly what `tools/list` shows, the
 * views that policy stands in, the record before the answer, and the one way out. Tools never meet the MCP SDK, the SDK
 * never meets a tool.
 */
import { bytesToHex } from '@noble/hashes/utils.js'
import type * as z from 'zod'
import type { Caller } from '../access.ts'
import type { Config } from '../config.ts'
import { asBulkheadError, BulkheadError, type ErrorCode } from '../errors.ts'
import type { JsonObject } from '../kube/json.ts'
import { shareLanes } from '../kube/lanes.ts'
import { digestOf } from '../kube/normalise.ts'
import type { PlanView } from '../plan.ts'
import type { Ports } from '../ports.ts'
import type { Answer, ClusterView, Tool, Views } from '../tool.ts'
import { asStep, type BeginTrace, type Came } from '../trace.ts'
import { createCallTelling, type Method, type OnReply } from './call-telling.ts'
import { sha256Hex } from './chain.ts'
import type { Asking, Changes, Question, Submitted } from './changes.ts'
import { createConfidence } from './confidence.ts'
import type { Output, OutputSession } from './output/index.ts'
import type { Policy } from './policy.ts'
import { recordedChanges } from './recorded-changes.ts'
import { createSession, type Session } from './session.ts'
import type { Watching } from './watching.ts'

/** A model waits for this; MCP clients commonly give up at 60 s. */
export const CALL_DEADLINE_MS = 30_000
/** 80 bits: unique within a ledger without asking it. */
const CALL_ID_BYTES = 10

/** What a caller gets, already through guard/output. */
export type Reply =
  /** The client is to ask its user, and to repeat the call with the answer and `state`. */
  | { readonly ok: 'ask'; readonly question: Question }
  | { readonly ok: true; readonly text: string; readonly structured?: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly text: string; readonly code: ErrorCode; readonly retryable: boolean }

export interface CallOptions {
  readonly signal: AbortSignal
  /** Told at each access; `message` is ours (verb and resource), never cluster text. */
  readonly progress?: (message: string) => void
  /** What the client can ask its user, and what it brings back; absent: nothing. */
  readonly asking?: Asking
  /** Of one answer, where it is less than the configured budget: bytes. */
  readonly maxBytes?: number
  /** Found wrong with the call before any cluster was chosen: it is refused, and recorded, with this. */
  readonly wrong?: BulkheadError
  readonly came?: Came
  /** `tools/call` unless said. */
  readonly method?: Method
}

export interface Guard {
  /** The tools that policy could ever allow this caller, in the catalogue's order. */
  visible(caller: Caller): readonly Tool[]
  /** The one of these that has this name. */
  find(caller: Caller, name: string): Tool | undefined
  call(caller: Caller, tool: string, args: unknown, options: CallOptions): Promise<Reply>
}

/** Makes the view of one cluster for one call: guard/reader in the product. */
export type OpenCluster = (
  cluster: string,
  context: {
    caller: Caller
    session: Session
    output: OutputSession
    signal: AbortSignal
    progress: (message: string) => void
  },
) => ClusterView

export interface GuardParts {
  readonly ports: Ports
  readonly config: Config
  readonly policy: Policy
  readonly output: Output
  readonly tools: readonly Tool[]
  readonly open: OpenCluster
  readonly changes: Changes
  readonly watching: Watching
  /** How a plan reads, for a model: the tools' own rendering. */
  readonly renderPlan: (view: PlanView) => Pick<Answer, 'untrusted' | 'notes'>
  /** Told of every reply, for the metrics. */
  readonly onReply: OnReply
  /** Absent: nothing is traced. */
  readonly trace: BeginTrace | undefined
}

const argumentsError = (issues: readonly z.core.$ZodIssue[]): BulkheadError => {
  /** More would not help a model to mend its call. */
  const shown = issues.slice(0, 5).map((issue) => {
    const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
    return issue.code === 'unrecognized_keys'
      ? `unknown argument ${issue.keys
          .slice(0, 5)
          .map((key) => JSON.stringify(key.slice(0, 64)))
          .join(', ')}`
      : `${where}${issue.message}`
  })
  return new BulkheadError('invalid_arguments', `The arguments do not fit the tool's schema: ${shown.join('; ')}.`)
}

/**
 * A caller's own credential: a key of ours (docs/identity.md), or a JSON Web Token. A selector or a name would carry it
 * to the API server, whose own log is read by others; text that a model has read may ask for just that. A token is looked
 * for at the beginning of a word only, so that each word is read once.
 */
const CREDENTIAL = /bh_(?:agent|operator)_|(?<![\w-])eyJ[\w-]{8,}\.eyJ/

const parse = (tool: Tool, args: unknown): Record<string, unknown> => {
  if (CREDENTIAL.test(JSON.stringify(args ?? {})))
    throw new BulkheadError(
      'invalid_arguments',
      'The arguments hold a credential: it belongs in the Authorization header alone. Nobody who asks for it elsewhere may have it.',
    )
  const parsed = tool.input.safeParse(args ?? {})
  if (!parsed.success) throw argumentsError(parsed.error.issues)
  return parsed.data
}

/** Without `reason`: the same change asked for in other words is the same change. */
const withoutReason = (args: unknown): unknown => {
  if (typeof args !== 'object' || args === null) return args
  const { reason: _, ...rest } = args as Record<string, unknown>
  return rest
}

/**
 * A tool that walks through a list may find its own continue token expired (410): then it looks anew, once, as client-go
 * does. Nothing was answered yet, and nothing is changed by looking. A cursor that the caller brought is the caller's to mend.
 */
const lookingTwice = async <T>(input: Readonly<Record<string, unknown>>, look: () => Promise<T>): Promise<T> => {
  try {
    return await look()
  } catch (error) {
    const expired = error instanceof BulkheadError && error.code === 'cursor_expired'
    if (!expired || input.cursor !== undefined) throw error
    return look()
  }
}

/** Tools that answer with our own words: they do not make whoever reads them a reader of untrusted text. */
const QUIET: ReadonlySet<string> = new Set(['clusters_list', 'access_whoami', 'access_check', 'plans_list'])

/** Two calls with other arguments have other digests, fractions and all: a plan is found again by it. */
const argumentsDigest = (args: unknown): string => {
  try {
    return digestOf((args ?? {}) as JsonObject)
  } catch {
    // Nested deeper than the stack: no tool takes such arguments, the record only has to be bounded.
    return 'unhashable'
  }
}

export const createGuard = (parts: GuardParts): Guard => {
  const { ports, config, policy, output, tools, changes, watching } = parts
  const confidence = createConfidence()
  const telling = createCallTelling(parts)
  const clean = (text: string): string => String(output.line({ text }).text)

  const isOpen = (caller: Caller, { needs }: Tool): boolean =>
    needs.length === 0 || needs.some((need) => policy.couldEver(caller, need))
  const find = (caller: Caller, name: string): Tool | undefined =>
    tools.find((it) => it.name === name && isOpen(caller, it))

  const viewsFor = (
    caller: Caller,
    session: Session,
    out: OutputSession,
    signal: AbortSignal,
    { maxBytes = config.output.maxBytes, progress = () => undefined }: CallOptions,
  ): Views => {
    const names = policy.clustersFor(caller)
    const opened = new Map<string, ClusterView>()
    const now = ports.clock.now()
    return {
      caller,
      now,
      elapsed: () => Math.max(0, ports.clock.now() - now),
      limits: { maxBytes, logBytes: config.output.logBytes },
      clusters: names.map((name) => ({ name, readOnly: config.clusters[name]?.credentials.change === undefined })),
      plans: {
        async list(cluster) {
          await session.settle()
          return changes.list(caller, cluster)
        },
        async get(id, waitSeconds) {
          await session.settle()
          return changes.view(caller, id, waitSeconds * 1000, signal, progress)
        },
      },
      ledger: {
        async changes(cluster, since) {
          if (!names.includes(cluster)) return { changes: [], complete: true }
          await session.settle()
          return recordedChanges({
            ledger: ports.ledgers.ledger(cluster),
            cluster,
            caller,
            policy,
            since,
            now: ports.clock.now(),
          })
        },
      },
      policy: {
        explain(access) {
          // Who asks whether it may reach an object has named it.
          session.touch(access)
          return policy.decide({ caller, access, now: ports.clock.now() })
        },
        namespacesFor: (access) => policy.namespacesFor(caller, access),
      },
      cluster(name) {
        const chosen = name ?? (names.length === 1 ? names[0] : undefined)
        if (chosen === undefined) {
          throw names.length === 0
            ? new BulkheadError('policy_denied', 'No policy rule lets this caller look at any cluster.')
            : new BulkheadError('invalid_arguments', `Name the cluster: one of ${names.join(', ')}.`)
        }
        if (!names.includes(chosen)) {
          throw new BulkheadError(
            'unknown_cluster',
            `No cluster of that name is open to this caller. There are: ${names.length === 0 ? 'none' : names.join(', ')}.`,
          )
        }
        session.select(chosen)
        const view = opened.get(chosen) ?? parts.open(chosen, { caller, session, output: out, signal, progress })
        opened.set(chosen, view)
        return view
      },
    }
  }

  /** A tool's own work, or the end of the call, whichever is first. */
  const bounded = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
    const aborted = new Promise<never>((_, reject) => {
      const stop = () => reject(signal.reason)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    return Promise.race([work, aborted])
  }

  const shown = (submitted: Submitted): Answer | { readonly question: Question } =>
    submitted.kind === 'ask'
      ? { question: submitted.question }
      : { ...parts.renderPlan(submitted.view), structured: { ...submitted.view } }

  interface Running {
    readonly caller: Caller
    readonly views: Views
    readonly session: Session
    readonly out: OutputSession
    readonly signal: AbortSignal
    readonly options: CallOptions
  }

  /** A read answers; a change becomes a plan, and the plan's state is the answer. */
  const run = async (
    tool: Tool,
    args: unknown,
    running: Running,
  ): Promise<Answer | { readonly question: Question }> => {
    const { caller, views, session, out, signal, options } = running
    const input = parse(tool, args)
    if (tool.kind === 'read') return lookingTwice(input, () => tool.run(input, views))
    const { reason } = input
    const change = await lookingTwice(input, () => tool.plan(input, views))
    if ('withdraw' in change) {
      await session.settle()
      return shown(await changes.withdraw(caller, change.withdraw))
    }
    session.select(change.cluster)
    const request = {
      caller,
      tool: tool.name,
      change,
      ...(typeof reason === 'string' ? { reason } : {}),
      argumentsDigest: argumentsDigest(withoutReason(input)),
      session,
      output: out,
      clean,
      signal,
      progress: options.progress ?? (() => undefined),
    }
    return shown(await changes.submit(request, options.asking ?? { form: false, url: false }))
  }

  return {
    visible: (caller) => tools.filter((tool) => isOpen(caller, tool)),
    find,
    async call(caller, name, args, options) {
      const started = ports.clock.now()
      const out = output.session(options.maxBytes)
      const limits = { ...config.limits, maxBytes: options.maxBytes ?? config.output.maxBytes }
      const tool = find(caller, name)
      const said = JSON.stringify(args ?? {})
      // A name that is no tool of ours is the caller's text, not a fact about the call.
      const known = tool?.name ?? 'unknown'
      const told = telling(known, options.method ?? 'tools/call', options.came ?? {})
      const session = createSession(ports, limits, confidence, watching, {
        call: bytesToHex(ports.random(CALL_ID_BYTES)),
        caller,
        tool: known,
        span: told.span,
        argumentsDigest: argumentsDigest(args),
        clean,
        says: (name) => said.includes(name),
        reads: tool !== undefined && !QUIET.has(tool.name),
      })
      const deadline = new AbortController()
      const timer = setTimeout(
        () =>
          deadline.abort(
            new BulkheadError(
              'cluster_timeout',
              `The call was not done within ${CALL_DEADLINE_MS / 1000} s. Ask for less: name a namespace, a selector or a smaller limit.`,
            ),
          ),
        CALL_DEADLINE_MS,
      )
      const signal = AbortSignal.any([options.signal, session.signal, deadline.signal])
      shareLanes(options.signal, signal)
      const durationMs = () => Math.max(0, ports.clock.now() - started)
      const deliver = (outcome: 'ok' | ErrorCode, text: { bytes: number; digest: string }) => {
        const facts = { ...out.counts(), bytes: text.bytes, durationMs: durationMs() }
        if (session.admitted) session.finish({ outcome, digest: text.digest, ...facts })
        told.ended(outcome, session, facts)
      }
      try {
        if (tool === undefined)
          throw new BulkheadError(
            'unknown_tool',
            'No such tool is open to this caller. tools/list names those that are.',
          )
        if (options.wrong !== undefined) throw options.wrong
        const views = viewsFor(caller, session, out, signal, options)
        const answer = await bounded(run(tool, args, { caller, views, session, out, signal, options }), signal)
        await session.settle()
        if ('question' in answer) {
          deliver('ok', { bytes: 0, digest: sha256Hex(answer.question.message) })
          return { ok: 'ask', question: answer.question }
        }
        const rendered = await asStep(told.span, 'guard output', {}, async () => out.answer(answer))
        deliver('ok', rendered)
        return {
          ok: true,
          text: rendered.text,
          ...(rendered.structured === undefined ? {} : { structured: rendered.structured }),
        }
      } catch (thrown) {
        const failed = asBulkheadError(thrown)
        const error = session.admitted ? failed : await session.refuse(failed)
        if (error.detail !== undefined)
          ports.log({
            event: 'call_failed',
            ...told.ties,
            ...output.line({ call: session.call, code: error.code, detail: error.detail }),
          })
        const rendered = out.error(error)
        deliver(error.code, rendered)
        return { ok: false, text: rendered.text, code: error.code, retryable: error.retryable }
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
