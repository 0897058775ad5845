/** Small words that checks share: ages, counts, conditions, and the remedies that are tool calls. */
import { humanDuration } from '../kube/ages.ts'
import type { EventRow } from '../kube/events.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../kube/json.ts'
import { count, oneLine, shorten } from '../kube/text.ts'
import type { Millis } from '../ports.ts'
import type { Evidence, Remedy, Scope, Subject } from '../report.ts'
import type { Json, KubeObject } from '../tool.ts'
import { nameOf } from './subject.ts'

/** A message of the kubelet or a controller: its reason stands at the beginning. */
const MAX_MESSAGE = 300
/** Different warnings told as evidence of one finding. */
const MAX_EVENTS = 3

export const specOf = (object: KubeObject): JsonObject => objectOf(object.spec as Json | undefined)
export const statusOf = (object: KubeObject): JsonObject => objectOf(object.status as Json | undefined)
export const objectsIn = (value: Json | undefined): readonly JsonObject[] => arrayOf(value).filter(isObject)
export const numberIn = (value: Json | undefined, otherwise = 0): number =>
  typeof value === 'number' ? value : otherwise
export const said = (value: Json | undefined, max = MAX_MESSAGE): string => shorten(oneLine(textOf(value) ?? ''), max)

export const conditionOf = (object: KubeObject, type: string): JsonObject | undefined =>
  objectsIn(statusOf(object).conditions).find((it) => it.type === type)

/** Milliseconds since an RFC 3339 time; undefined where there is none. */
export const since = (time: Json | undefined, now: Millis): Millis | undefined => {
  const then = Date.parse(textOf(time) ?? '')
  return Number.isNaN(then) ? undefined : now - then
}

export const ago = (time: Json | undefined, now: Millis): string => {
  const ms = since(time, now)
  return ms === undefined ? '' : `${humanDuration(ms)} ago`
}

/** `reason: message (since 5m)` of a condition. */
const conditionText = ({ type, status, reason, message, lastTransitionTime }: JsonObject, now: Millis): string => {
  const ms = since(lastTransitionTime, now)
  const words = [textOf(reason), said(message)].filter((it) => it !== undefined && it !== '').join(': ')
  return `${String(type)}=${String(status)}${words === '' ? '' : ` ${words}`}${ms === undefined ? '' : ` (for ${humanDuration(ms)})`}`
}

export const conditionEvidence = (condition: JsonObject, now: Millis): Evidence => ({
  source: `status.conditions[${String(condition.type)}]`,
  text: conditionText(condition, now),
})

/** `FailedMount, 12 times in 5m, last 10s ago: message`. */
export const eventText = ({ reason, message, count: times, first, last }: EventRow): string =>
  `${reason}${times === 1 ? '' : `, ${times} times in ${first}`}, last ${last} ago: ${shorten(message, MAX_MESSAGE)}`

export const eventEvidence = (events: readonly EventRow[]): readonly Evidence[] =>
  events.slice(0, MAX_EVENTS).map((it) => ({ source: 'event', text: eventText(it) }))

/** `Pod shop/web-1`, or `3 pods of Deployment shop/web`. */
export const who = (subjects: readonly Subject[], workload: Subject | undefined): string => {
  const [first] = subjects
  if (first === undefined) return ''
  if (subjects.length === 1) return nameOf(first)
  return `${count(subjects.length, 'pod')} of ${workload === undefined ? `namespace ${first.namespace ?? ''}` : nameOf(workload)}`
}

export const remedy = (text: string): Remedy => ({ text })

/** Of an object, a kind or a part: what kube/grammar takes in a path. */
const NAME = /^[A-Za-z0-9][-A-Za-z0-9._:@+]{0,252}$/

/**
 * A ready call, which is only ever a proposal. Without the call where an argument could not be a name: what a pod says of
 * its owner the API server does not check, and whoever repeats a call should not repeat a stranger's sentence.
 */
export const proposal = (scope: Scope, text: string, tool: string, args: Readonly<Record<string, Json>>): Remedy =>
  Object.values(args).every((it) => typeof it !== 'string' || NAME.test(it))
    ? { text, call: { tool, arguments: { cluster: scope.cluster, ...args } } }
    : remedy(text)
