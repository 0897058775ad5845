/** `policy test`: runs an operator's expectations. Exit 1 where one does not hold, with what came out instead. */
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { DECISIONS, VERBS, type Verdict } from '../../src/access.ts'
import type { Config } from '../../src/config.ts'
import { readYaml } from '../../src/config-yaml/document.ts'
import { ConfigError } from '../../src/config-yaml/finding.ts'
import { compilePolicy, type Policy } from '../../src/guard/policy.ts'
import { DEFAULT_CONFIG, EXIT_FAILED, type Outcome, readConfigFile, readTextFile, UsageError } from '../lib/command.ts'
import { accessOf, callerOf } from './question.ts'
import { table } from './table.ts'

const text = z.string().min(1)

const caseSchema = z.strictObject({
  name: text,
  as: z.strictObject({ groups: z.array(text).optional(), caller: text.optional(), issuer: text.optional() }),
  access: z.strictObject({
    cluster: text.optional(),
    verb: z.enum(VERBS),
    resource: text,
    namespace: text.optional(),
    name: text.optional(),
    clusterScoped: z.boolean().optional(),
  }),
  change: z.record(z.string(), z.unknown()).optional(),
  object: z.record(z.string(), z.unknown()).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  expect: z.enum(DECISIONS),
  /** The rule or the rail that must decide. */
  rule: text.optional(),
})

type Case = z.infer<typeof caseSchema>

const A_LIST = 'a list of cases is needed here, such as docs/policy.md shows'
const casesSchema = z.array(caseSchema, A_LIST).min(1, A_LIST)

const readCases = (file: string): readonly Case[] => {
  const document = readYaml(readTextFile(file, 'CASES.yaml'), file)
  const parsed = casesSchema.safeParse(document.value)
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map((it) =>
      document.at(
        it.path.map((step) => (typeof step === 'number' ? step : String(step))),
        it.message,
      ),
    ),
  )
}

const verdictOf = (it: Case, config: Config, policy: Policy): Verdict =>
  policy.decide({
    caller: callerOf(it.as, config),
    access: accessOf(it.access, config),
    ...(it.change === undefined ? {} : { change: it.change }),
    ...(it.object === undefined ? {} : { object: it.object }),
    now: it.at === undefined ? Date.now() : Date.parse(it.at),
  })

const outcome = (decision: string, rule: string | undefined): string =>
  rule === undefined ? decision : `${decision} (${rule})`

/** Empty where the expectation holds. */
const difference = (it: Case, verdict: Verdict): string => {
  if (verdict.decision === it.expect && (it.rule === undefined || verdict.rule === it.rule)) return ''
  return `expected ${outcome(it.expect, it.rule)}, got ${outcome(verdict.decision, verdict.rule ?? 'no rule matches')}: ${verdict.reason}`
}

const parse = (argv: readonly string[], usage: string) => {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { config: { type: 'string' } } })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

export const test = (argv: readonly string[], usage: string): Outcome => {
  const { values, positionals } = parse(argv, usage)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError(usage)
  const { config } = readConfigFile(values.config ?? DEFAULT_CONFIG, '--config')
  const policy = compilePolicy(config)
  const results = readCases(file).map((it) => {
    const verdict = verdictOf(it, config, policy)
    return { it, verdict, wrong: difference(it, verdict) }
  })
  const rows = results.map(({ it, verdict, wrong }) => [
    wrong === '' ? 'ok' : 'FAIL',
    it.name,
    verdict.decision,
    verdict.rule ?? '-',
  ])
  const failed = results.filter(({ wrong }) => wrong !== '')
  const text = [
    table(['', 'case', 'decision', 'rule'], rows),
    ...failed.map(({ it, wrong }) => `\nFAIL ${it.name}\n     ${wrong}`),
    `\n${results.length - failed.length} passed, ${failed.length} failed`,
  ]
  return { exit: failed.length === 0 ? 0 : EXIT_FAILED, text: text.join('\n') }
}
