/** Why pods are not ready, said once for all that have the same reason: a rollout of 50 pods fails in one way, not in 50. */
import { ageOf } from '../../kube/ages.ts'
import { arrayOf, isObject, type JsonObject, objectOf, textOf } from '../../kube/json.ts'
import { count, oneLine, shorten } from '../../kube/text.ts'
import type { KubeObject } from '../../tool.ts'
import { renderConditions } from './conditions.ts'
import { renderState } from './pod.ts'

/** Different reasons of one answer; more are a cluster's trouble and not a workload's. */
const MAX_TROUBLES = 8
/** A message of the kubelet, its first sentence at least. */
const MAX_WORDS = 400

interface Trouble {
  /** Equal for equal reasons: without names and times. */
  readonly key: string
  readonly words: string
}

const conditionOf = (status: JsonObject, type: string): JsonObject | undefined =>
  arrayOf(status.conditions)
    .filter(isObject)
    .find((it) => it.type === type)

const stateKey = (state: JsonObject): readonly unknown[] =>
  Object.entries(state).flatMap(([which, it]) => [which, objectOf(it).reason, objectOf(it).exitCode])

const containerTrouble = (status: JsonObject, now: number): Trouble => {
  const [state, last] = [objectOf(status.state), objectOf(status.lastState)]
  const before = renderState(last, now)
  const words = [renderState(state, now) ?? 'no state yet', ...(before === undefined ? [] : [`last ${before}`])]
  return {
    key: JSON.stringify([status.name, stateKey(state), stateKey(last)]),
    words: `container ${textOf(status.name) ?? ''} ${words.join('; ')}`,
  }
}

/** Absent where there is none: ready, or done. */
const troubleOf = (pod: JsonObject, now: number): Trouble | undefined => {
  const [metadata, status] = [objectOf(pod.metadata), objectOf(pod.status)]
  const leaving = textOf(metadata.deletionTimestamp)
  if (leaving !== undefined) return { key: 'terminating', words: `terminating since ${ageOf(leaving, now)}` }
  if (status.phase === 'Succeeded' || conditionOf(status, 'Ready')?.status === 'True') return undefined
  const waiting = [...arrayOf(status.initContainerStatuses), ...arrayOf(status.containerStatuses)]
    .filter(isObject)
    .filter((it) => it.ready === false && !Object.hasOwn(objectOf(it.state), 'running'))
  const [first] = waiting
  if (first !== undefined && conditionOf(status, 'PodScheduled')?.status !== 'False')
    return containerTrouble(first, now)
  const bad = ['PodScheduled', 'Ready'].map((type) => conditionOf(status, type)).find((it) => it?.status === 'False')
  if (bad !== undefined)
    return { key: JSON.stringify([bad.type, bad.reason, bad.message]), words: renderConditions([bad], now).join() }
  const phase = [status.phase, status.reason, status.message].map(textOf).filter((it) => it !== undefined)
  return { key: JSON.stringify(phase), words: phase.join(': ') || 'no status yet' }
}

/** `3 pods, such as web-1: …`, most frequent first; nothing where all are ready or done. `now`: milliseconds since the epoch. */
export const renderTroubles = (pods: readonly KubeObject[], now: number): readonly string[] => {
  const found = new Map<string, { readonly name: string; readonly words: string; pods: number }>()
  for (const pod of pods) {
    const trouble = troubleOf(pod as JsonObject, now)
    if (trouble === undefined) continue
    const known = found.get(trouble.key)
    if (known === undefined) found.set(trouble.key, { name: pod.metadata?.name ?? '', words: trouble.words, pods: 1 })
    else known.pods += 1
  }
  const sorted = [...found.values()].sort((a, b) => b.pods - a.pods)
  const lines = sorted.slice(0, MAX_TROUBLES).map(({ name, words, pods }) => {
    const who = pods === 1 ? name : `${count(pods, 'pod')}, such as ${name}`
    return `${who}: ${shorten(oneLine(words), MAX_WORDS)}`
  })
  return sorted.length > MAX_TROUBLES ? [...lines, `and ${sorted.length - MAX_TROUBLES} other reasons`] : lines
}
