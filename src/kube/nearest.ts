/** "Did you mean": the few known words that are closest to one that is not known. Pure. */

/** More would be a list to read, not a hint. */
const MAX_NEAREST = 5
/** A third of the letters may be wrong, and never more than this many: beyond it words are merely of one length. */
const MAX_DISTANCE = 3

/** Levenshtein's distance, or `limit + 1` as soon as it must be larger than `limit`. */
export const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    if (Math.min(...current) > limit) return limit + 1
    previous = current
  }
  return Math.min(previous[b.length] ?? 0, limit + 1)
}

/** The known things closest to `word` by any of their `spellings`; nearest first, then in the order given. */
export const nearest = <T>(
  word: string,
  known: readonly T[],
  spellings: (it: T) => readonly string[],
): readonly T[] => {
  const limit = Math.min(MAX_DISTANCE, Math.max(1, Math.floor(word.length / 3)))
  return known
    .map((it) => ({ it, distance: Math.min(...spellings(it).map((text) => editDistance(word, text, limit))) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_NEAREST)
    .map(({ it }) => it)
}
