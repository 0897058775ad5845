/**
 * Every secret that a configuration names, and where: found by walking it, so that no list has to be kept beside the schema.
 * A name is `{ secret: NAME }` and nothing else (src/config/values.ts).
 */
import type { Config } from '../config.ts'

export interface NamedSecret {
  readonly name: string
  /** Where it is named first, such as `clusters.prod.credentials.change.token`. */
  readonly path: readonly string[]
}

/** Maps from words of the operator's own to text, where `secret` is one such word: a test holds this to the schema. */
const isFreeMap = (path: readonly string[]): boolean =>
  path[0] === 'hooks' &&
  ((path.length === 3 && path[2] === 'paths') || (path.length === 4 && path[2] === 'cluster' && path[3] === 'map'))

/** In the order of the configuration, each name once. */
export const secretsOf = (config: Config): readonly NamedSecret[] => {
  const found = new Map<string, NamedSecret>()
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null || isFreeMap(path)) return
    const entries = Object.entries(value)
    const [[key, name] = []] = entries
    if (entries.length === 1 && key === 'secret' && typeof name === 'string') {
      if (!found.has(name)) found.set(name, { name, path })
      return
    }
    for (const [part, inner] of entries) walk(inner, [...path, part])
  }
  walk(config, [])
  return [...found.values()]
}
