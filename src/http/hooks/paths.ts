/** Fields by configured paths: `incident.labels.ns`, `alerts.0.name`. A path leads to text, a number or nothing. */

const step = (value: unknown, key: string): unknown => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

/** Empty where nothing stands. */
export const textAt = (body: unknown, path: string): string => {
  const value = path.split('.').reduce(step, body)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** Those that say what they are; every other name is a label. */
export const FIELDS = ['id', 'group', 'status', 'title', 'severity', 'summary', 'startsAt'] as const

export const labelsAt = (body: unknown, paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(paths)
      .filter(([name]) => !FIELDS.some((it) => it === name))
      .map(([name, path]) => [name, textAt(body, path)]),
  )
