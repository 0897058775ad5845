/** Conditions (metav1.Condition and its elder relatives) as sentences: those that hold in one, every other with its why. */
import { ageOf } from '../../kube/ages.ts'
import { type JsonObject, textOf } from '../../kube/json.ts'
import { oneLine } from './text.ts'

const sentence = (condition: JsonObject, now: number): string => {
  const since = textOf(condition.lastTransitionTime)
  const why = [condition.reason, condition.message].flatMap((it) => (typeof it === 'string' && it !== '' ? [it] : []))
  return oneLine(
    [`${condition.type} ${condition.status}${since === undefined ? '' : ` for ${ageOf(since, now)}`}`, ...why].join(
      ': ',
    ),
  )
}

/** `True: A, B`, then `C False for 34m: Reason: message`. A true one that has a message keeps its sentence. */
export const renderConditions = (conditions: readonly JsonObject[], now: number): readonly string[] => {
  const plain = conditions.filter((it) => it.status === 'True' && (it.message === undefined || it.message === ''))
  const telling = conditions.filter((it) => !plain.includes(it))
  return [
    ...(plain.length === 0 ? [] : [oneLine(`True: ${plain.map((it) => String(it.type)).join(', ')}`)]),
    ...telling.map((it) => sentence(it, now)),
  ]
}
