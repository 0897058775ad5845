/** Conditions (metav1.Condition and its elder relatives) as sentences: those that hold in one, every other with its why. */
import { ageOf } from '../../kube/ages.ts'
import { type JsonObject, textOf } from '../../kube/json.ts'
import { oneLine } from '../../kube/text.ts'

/** What is said of a condition, without its type: ` False for 34m: Reason: message`. */
const predicate = (condition: JsonObject, now: number): string => {
  const since = textOf(condition.lastTransitionTime)
  const why = [condition.reason, condition.message].flatMap((it) => (typeof it === 'string' && it !== '' ? [it] : []))
  return [`${condition.status}${since === undefined ? '' : ` for ${ageOf(since, now)}`}`, ...why].join(': ')
}

const holdsQuietly = ({ status, message }: JsonObject): boolean =>
  status === 'True' && (message === undefined || message === '')

/** `True: A, B`, then `C, D False for 34m: Reason: message`; equal ones together. A true one with a message keeps it. */
export const renderConditions = (conditions: readonly JsonObject[], now: number): readonly string[] => {
  const types = new Map<string, string[]>()
  for (const condition of conditions) {
    const what = holdsQuietly(condition) ? 'True' : predicate(condition, now)
    types.set(what, [...(types.get(what) ?? []), String(condition.type)])
  }
  return [...types].map(([what, names]) =>
    oneLine(what === 'True' ? `True: ${names.join(', ')}` : `${names.join(', ')} ${what}`),
  )
}
