/** What a detector says: these characters are to be masked. Offsets are UTF-16 code units, `end` exclusive. */
export interface Finding {
  readonly start: number
  readonly end: number
}

/** Sorted and without overlaps; what overlaps becomes one. */
export const mergeFindings = (findings: readonly Finding[]): Finding[] => {
  if (findings.length < 2) return [...findings]
  const merged: Finding[] = []
  let last: Finding | undefined
  for (const next of findings.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (last !== undefined && next.start < last.end) {
      if (next.end > last.end) {
        last = { start: last.start, end: next.end }
        merged[merged.length - 1] = last
      }
    } else {
      last = next
      merged.push(next)
    }
  }
  return merged
}
