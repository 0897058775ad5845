/**
 * What a change does to an object, as a unified diff of its YAML. To be given redacted objects: nothing here masks
 * anything. Bounded in lines and in work; what was cut says so, and cannot be approved.
 */
import { structuredPatch } from 'diff'
import type { JsonObject } from './json.ts'
import { inOrder, toBlockYaml } from './yaml.ts'

/** Lines around a change. */
const CONTEXT = 3
/** Lines of one object's diff. A CRD has some thousands; nobody reads more than that to approve. */
const MAX_LINES = 3_000
/** Changed lines that are looked for. Beyond it the two have so little in common that the search would be the cost. */
const MAX_EDITS = 2_000
/** Lines of one object. A ConfigMap of a megabyte has more, and is compared line by line all the same. */
const MAX_SIDE = 60_000

export interface Diff {
  readonly text: string
  readonly cut: boolean
}

const linesOf = (object: JsonObject | undefined): string =>
  object === undefined ? '' : `${toBlockYaml(inOrder(object))}\n`

const tooLong = (text: string): boolean => text.split('\n', MAX_SIDE + 1).length > MAX_SIDE

/** `name`: our words for the object. Absent sides are an object that comes or goes. */
export const unifiedDiff = (before: JsonObject | undefined, after: JsonObject | undefined, name: string): Diff => {
  const [old, now] = [linesOf(before), linesOf(after)]
  const head = [`--- ${before === undefined ? 'nothing' : name}`, `+++ ${after === undefined ? 'nothing' : name}`]
  if (old === now) return { text: '', cut: false }
  const patch =
    tooLong(old) || tooLong(now)
      ? undefined
      : structuredPatch('', '', old, now, '', '', { context: CONTEXT, maxEditLength: MAX_EDITS })
  if (patch === undefined) return { text: [...head, 'Too much changes to be shown.'].join('\n'), cut: true }
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: changed }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...changed,
  ])
  const cut = lines.length > MAX_LINES
  const shown = cut ? [...lines.slice(0, MAX_LINES), `${lines.length - MAX_LINES} more lines are not shown.`] : lines
  return { text: [...head, ...shown].join('\n'), cut }
}
