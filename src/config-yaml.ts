/**
 * bulkhead.yaml, read: YAML with positions, the schema, policy's conditions. Every mistake is told at once with file, line,
 * column and path. For the Deno entry, local runs and scripts; a Worker gets JSON and bundles none of this.
 */

import { crossCheck } from './config/cross.ts'
import { type Config, configSchema } from './config.ts'
import { readYaml, type YamlDocument } from './config-yaml/document.ts'
import { ConfigError, type Finding, formatFinding, formatPath } from './config-yaml/finding.ts'
import { toFindings } from './config-yaml/issues.ts'
import { findWarnings } from './config-yaml/warnings.ts'
import { createWhenCompiler, WhenError } from './guard/cel.ts'
import type { Millis } from './ports.ts'

export { ConfigError, type Finding } from './config-yaml/finding.ts'

export interface ParsedConfig {
  readonly config: Config
  /** Each one line: `file:line:column path: …`. */
  readonly warnings: readonly string[]
}

/** Conditions are checked whatever else is wrong, so the rules are looked at as they were written. */
const checkConditions = (document: YamlDocument): readonly Finding[] => {
  const { policy } = (document.value ?? {}) as { policy?: unknown }
  if (!Array.isArray(policy)) return []
  const compileWhen = createWhenCompiler()
  return policy.flatMap((rule: unknown, index) => {
    const when = typeof rule === 'object' && rule !== null && 'when' in rule ? rule.when : undefined
    if (typeof when !== 'string' || when === '') return []
    try {
      compileWhen(when)
      return []
    } catch (error) {
      if (!(error instanceof WhenError)) throw error
      return [document.within(['policy', index, 'when'], error.offset ?? 0, error.message)]
    }
  })
}

const check = (document: YamlDocument): { config: Config | undefined; mistakes: readonly Finding[] } => {
  const conditions = checkConditions(document)
  const parsed = configSchema.safeParse(document.value)
  if (parsed.success) return { config: parsed.data, mistakes: conditions }
  const cross: Finding[] = []
  // The schema asks about names only once everything else is right.
  crossCheck(document.value, (path, message) => cross.push(document.at(path, message)))
  return { config: undefined, mistakes: [...toFindings(parsed.error.issues, document), ...cross, ...conditions] }
}

/** In the file's order, each once. */
const ordered = (findings: readonly Finding[]): readonly Finding[] => {
  const key = (it: Finding) => `${formatPath(it.path)}\n${it.message}`
  return [...new Map(findings.map((it) => [key(it), it])).values()].toSorted(
    (a, b) => a.line - b.line || a.column - b.column,
  )
}

/** Throws ConfigError. `now` tells which keys have expired; a warning, since the same file was good yesterday. */
export const parseConfig = (text: string, fileName: string, now: Millis = Date.now()): ParsedConfig => {
  const document = readYaml(text, fileName)
  if (document.value === null) throw new ConfigError([document.at([], 'the file is empty')])
  const { config, mistakes } = check(document)
  if (config === undefined || mistakes.length > 0) throw new ConfigError(ordered(mistakes))
  const warnings: Finding[] = []
  findWarnings(config, document.scalars, now, (path, message) => warnings.push(document.at(path, message)))
  return { config, warnings: ordered(warnings).map(formatFinding) }
}
