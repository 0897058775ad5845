/**
 * The one wildcard of policy: `*`, any run of characters, also none. Linear: the pattern's pieces are looked for once,
 * left to right, so no pattern and no value make it slow (a RegExp would backtrack). Pure.
 */

/** Compiles a pattern; everything but `*` is itself, upper and lower case apart. */
export const compileGlob = (pattern: string): ((text: string) => boolean) => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (text) => text === pattern
  const middle = rest.filter((piece) => piece !== '')
  return (text) => {
    const end = text.length - last.length
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const piece of middle) {
      // The leftmost place is always the best one: it leaves the most for what follows.
      const found = text.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return at <= end
  }
}
