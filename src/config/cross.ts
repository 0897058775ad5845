/**
 * What a schema cannot say of bulkhead.yaml: names that must differ, and names that must exist. Takes anything, so that
 * it also runs over a configuration with other mistakes in it and all of them are told at once.
 */

type Path = readonly (string | number)[]
type Complain = (path: Path, message: string) => void

const field = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined
const at = (value: unknown, ...path: Path): unknown => path.reduce(field, value)
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const keys = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []

/** Calls `visit` for each string of a list, with its path. */
const strings = (root: unknown, path: Path, visit: (text: string, path: Path) => void): void => {
  for (const [index, item] of items(at(root, ...path)).entries())
    if (typeof item === 'string') visit(item, [...path, index])
}

const unique = (config: unknown, list: Path, by: string, complain: Complain): void => {
  const seen = new Set<string>()
  for (const [index, item] of items(at(config, ...list)).entries()) {
    const name = field(item, by)
    if (typeof name !== 'string') continue
    if (seen.has(name)) complain([...list, index, by], `"${name}" stands here a second time; names must differ`)
    seen.add(name)
  }
}

const uniqueHashes = (config: unknown, complain: Complain): void => {
  const seen = new Set<string>()
  for (const kind of ['keys', 'operators']) {
    for (const index of items(at(config, 'identity', kind)).keys()) {
      strings(config, ['identity', kind, index, 'sha256'], (hash, path) => {
        if (seen.has(hash)) complain(path, 'the same key hash stands a second time; each key belongs to one party')
        seen.add(hash)
      })
    }
  }
}

const knownClusters = (config: unknown, complain: Complain): void => {
  const known = keys(field(config, 'clusters'))
  const check = (name: unknown, path: Path): void => {
    if (typeof name === 'string' && !name.includes('*') && !known.includes(name))
      complain(path, `no cluster is named "${name}"; there are: ${known.join(', ') || 'none'}`)
  }
  for (const index of items(field(config, 'policy')).keys()) strings(config, ['policy', index, 'clusters'], check)
  for (const hook of keys(field(config, 'hooks'))) {
    check(at(config, 'hooks', hook, 'cluster'), ['hooks', hook, 'cluster'])
    const map: Path = ['hooks', hook, 'cluster', 'map']
    for (const label of keys(at(config, ...map))) check(at(config, ...map, label), [...map, label])
  }
}

const knownTargets = (config: unknown, complain: Complain): void => {
  const known = items(field(config, 'notify')).map((it) => field(it, 'name'))
  for (const hook of keys(field(config, 'hooks'))) {
    strings(config, ['hooks', hook, 'notify'], (name, path) => {
      if (!known.includes(name)) complain(path, `notify has no target named "${name}"`)
    })
  }
}

/** A caller is charged for an answer before it is made: one that is larger than the whole budget could not be. */
const answerWithinBudget = (config: unknown, complain: Complain): void => {
  const [budget, answer] = [at(config, 'limits', 'bytesPerMinute'), at(config, 'output', 'maxBytes')]
  if (typeof budget === 'number' && typeof answer === 'number' && budget < answer)
    complain(['limits', 'bytesPerMinute'], `${budget} is less than one answer may have, output.maxBytes: ${answer}`)
}

export const crossCheck = (config: unknown, complain: Complain): void => {
  unique(config, ['identity', 'keys'], 'name', complain)
  unique(config, ['identity', 'operators'], 'name', complain)
  unique(config, ['identity', 'issuers'], 'issuer', complain)
  unique(config, ['policy'], 'name', complain)
  unique(config, ['notify'], 'name', complain)
  uniqueHashes(config, complain)
  answerWithinBudget(config, complain)
  knownClusters(config, complain)
  knownTargets(config, complain)
}
