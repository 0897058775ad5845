/**
 * The holes in a situation's texts. `{{namespace}}`, and times relative to the moment of planting, are known before
 * anything is planted; `{{name}}`, `{{uid}}` and `{{node}}` are those of the object that a status or an event is about.
 */

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const HOLE = /\{\{\s*([^}]*?)\s*\}\}/g
const TIME = /^(ago|in) (\d+)([smhd])$/
const OF_OBJECT = ['name', 'uid', 'node']

export interface Holes {
  readonly namespace: string
  /** Of planting, in milliseconds since the Unix epoch. */
  readonly now: number
  readonly object?: Readonly<Record<string, string>>
}

export const milliseconds = (span: string): number => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(span) ?? []
  if (count === undefined || unit === undefined) throw new Error(`"${span}" is no span of time, such as 5m.`)
  return Number(count) * SECONDS[unit as keyof typeof SECONDS] * 1000
}

/** As Kubernetes writes times: whole seconds, UTC. */
export const timestamp = (when: number): string => `${new Date(when).toISOString().slice(0, 19)}Z`

const filled = (hole: string, { namespace, now, object }: Holes): string | undefined => {
  if (hole === 'namespace') return namespace
  const [, direction, count, unit] = TIME.exec(hole) ?? []
  if (count !== undefined) return timestamp(now + milliseconds(`${count}${unit}`) * (direction === 'ago' ? -1 : 1))
  return object?.[hole]
}

/** The value with every hole filled that can be filled now; the others stay. */
export const fill = <T>(value: T, holes: Holes): T => {
  const walk = (it: unknown): unknown => {
    if (typeof it === 'string') return it.replace(HOLE, (whole, hole: string) => filled(hole, holes) ?? whole)
    if (Array.isArray(it)) return it.map(walk)
    if (typeof it !== 'object' || it === null) return it
    return Object.fromEntries(Object.entries(it).map(([key, field]) => [walk(key), walk(field)]))
  }
  return walk(value) as T
}

/** Holes that nothing ever fills. */
export const unknownPlaceholders = (value: unknown): string[] =>
  Array.from(JSON.stringify(value ?? null).matchAll(HOLE), ([, hole = '']) => hole).filter(
    (hole) => hole !== 'namespace' && !OF_OBJECT.includes(hole) && !TIME.test(hole),
  )

/** Whether a name is meant by one in which `*` stands for anything. */
export const nameMatches = (pattern: string, name: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}
