/**
 * Finds fields that an object names twice. `JSON.parse` keeps the last one in silence, and the real server refuses
 * them under strict validation, so the text itself is looked at. It must be valid JSON already.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

interface Level {
  readonly isObject: boolean
  readonly seen: Set<string>
  field: string
  index: number
}

const pathOf = (levels: readonly Level[]): string =>
  levels
    .map((level, depth) => (level.isObject ? `${depth === 0 ? '' : '.'}${level.field}` : `[${level.index}]`))
    .join('')

/** Paths such as `data.a` or `spec.containers[0].image`. */
export const duplicateFields = (json: string): string[] => {
  const levels: Level[] = []
  const found: string[] = []
  let name: string | undefined
  for (const [token] of json.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      levels.push({ isObject: token === '{', seen: new Set(), field: '', index: 0 })
    } else if (token === '}' || token === ']') {
      levels.pop()
    } else if (token === ',') {
      if (level !== undefined) level.index += 1
    } else if (token === ':') {
      if (level === undefined || name === undefined) continue
      level.field = name
      if (level.seen.has(name)) found.push(pathOf(levels))
      level.seen.add(name)
    } else {
      name = JSON.parse(token) as string
    }
  }
  return found
}
