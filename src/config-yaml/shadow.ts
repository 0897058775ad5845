/**
 * Rules that can never decide because an earlier one always does. Simple cases, without false alarms: the earlier rule has
 * no condition, and each of its fields is absent or covers the later rule's field word by word.
 */
import type { PolicyRule } from '../config.ts'
import { coversEach } from '../guard/rules.ts'

const ANY = '*'

const FIELDS = ['groups', 'callers', 'clusters', 'namespaces', 'names', 'verbs'] as const

const coversField = (field: (typeof FIELDS)[number], earlier: PolicyRule, later: PolicyRule): boolean => {
  const [wide, narrow] = [earlier[field], later[field]]
  if (wide === undefined) return true
  // Every verb and every cluster matches `*`; a caller may have no group, and an access no namespace and no name.
  if (wide.some((it) => it === ANY) && (narrow !== undefined || ['verbs', 'clusters', 'names'].includes(field)))
    return true
  return narrow !== undefined && coversEach(wide, narrow)
}

/** Resource patterns match by parts, so only a pattern itself, or `*`, is taken to cover one. */
const coversResources = ({ resources: wide }: PolicyRule, { resources: narrow }: PolicyRule): boolean =>
  wide === undefined || wide.includes(ANY) || (narrow?.every((it) => wide.includes(it)) ?? false)

const covers = (earlier: PolicyRule, later: PolicyRule): boolean =>
  earlier.when === undefined &&
  coversResources(earlier, later) &&
  FIELDS.every((field) => coversField(field, earlier, later))

/** For each rule that never decides, by its index: the name of the rule that always decides before it. */
export const shadowed = (rules: readonly PolicyRule[]): ReadonlyMap<number, string> => {
  const found = new Map<number, string>()
  for (const [index, later] of rules.entries()) {
    const earlier = rules.slice(0, index).find((it) => covers(it, later))
    if (earlier !== undefined) found.set(index, earlier.name)
  }
  return found
}
