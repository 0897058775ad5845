/** An object of any other kind, by what all controllers write: conditions, and the generation that they have seen. */
import { textOf } from '../../kube/json.ts'
import type { Millis } from '../../ports.ts'
import type { Check, Draft } from '../check.ts'
import type { Family } from '../family.ts'
import { nameOf, subjectOf } from '../subject.ts'
import { conditionEvidence, eventEvidence, numberIn, objectsIn, remedy, since, statusOf } from '../words.ts'

/** A controller that is alive has looked by then. */
const SEEN_MS: Millis = 5 * 60_000
/** What means well when it is true (KEP-1623 and the usage of most controllers). */
const GOOD: ReadonlySet<string> = new Set([
  'Ready',
  'Available',
  'Healthy',
  'Synced',
  'Reconciled',
  'Established',
  'Succeeded',
  'Accepted',
  'Programmed',
])

const notReady: Check = {
  id: 'object-not-ready',
  explainedBy: 'any',
  run({ object, now, events }): readonly Draft[] {
    if (object === undefined) return []
    const bad = objectsIn(statusOf(object).conditions).filter(
      (it) => it.status === 'False' && GOOD.has(textOf(it.type) ?? ''),
    )
    if (bad.length === 0) return []
    const subject = subjectOf(object)
    return [
      {
        severity: 'warning',
        subject,
        summary: `${nameOf(subject)} is not ${bad.map((it) => String(it.type).toLowerCase()).join(', ')}.`,
        evidence: [...bad.map((it) => conditionEvidence(it, now)), ...eventEvidence(events(subject))],
        confidence: 'medium',
        remedies: [remedy('See what its controller says in the condition and in its own log.')],
      },
    ]
  },
}

const unseen: Check = {
  id: 'object-unreconciled',
  explainedBy: [],
  run({ object, now }): readonly Draft[] {
    const generation = numberIn(object?.metadata?.generation as never)
    if (object === undefined || generation === 0 || (since(object.metadata?.creationTimestamp, now) ?? 0) < SEEN_MS)
      return []
    const status = statusOf(object)
    const seen = status.observedGeneration
    const ignored = Object.keys(status).length === 0 || (typeof seen === 'number' && seen < generation)
    if (!ignored) return []
    const subject = subjectOf(object)
    return [
      {
        severity: 'warning',
        subject,
        summary: `No controller has acted on ${nameOf(subject)}${typeof seen === 'number' ? ' since it was last changed' : ''}.`,
        evidence: [
          { source: 'metadata.generation', text: String(generation) },
          { source: 'status', text: typeof seen === 'number' ? `observedGeneration ${seen}` : 'empty' },
        ],
        confidence: 'medium',
        remedies: [remedy('See whether the controller of this kind is installed and runs.')],
      },
    ]
  },
}

export const custom: Family = { checks: [notReady, unseen] }
