import type { Finding } from './finding.ts'

/**
 * All matches of a global pattern. `String.matchAll` copies the pattern for every call, which for a long one costs more
 * than scanning a short text. Collected before anything is done with them, so that a scan inside a scan may use the same
 * pattern. The pattern must not match the empty string.
 */
export const matchesOf = (pattern: RegExp, text: string): RegExpExecArray[] => {
  const found: RegExpExecArray[] = []
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) found.push(match)
  return found
}

/** Where each match has the group `v`, for patterns with the flag `d`. */
export const valuesOf = (pattern: RegExp, text: string): Finding[] =>
  matchesOf(pattern, text).flatMap(({ indices }) => {
    const found = indices?.groups?.v
    return found === undefined ? [] : [{ start: found[0], end: found[1] }]
  })
