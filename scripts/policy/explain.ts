/** `policy explain`: the verdict, and each rule with what became of it. */
import { parseArgs } from 'node:util'
import { type Considered, compilePolicy } from '../../src/guard/policy.ts'
import { describeAccess } from '../../src/guard/policy-words.ts'
import { DEFAULT_CONFIG, type Outcome, readConfigFile, UsageError } from '../lib/command.ts'
import { accessOf, callerOf } from './question.ts'
import { table } from './table.ts'

const OPTIONS = {
  config: { type: 'string' },
  group: { type: 'string', multiple: true },
  caller: { type: 'string' },
  cluster: { type: 'string' },
  verb: { type: 'string' },
  resource: { type: 'string' },
  namespace: { type: 'string' },
  name: { type: 'string' },
  'cluster-scoped': { type: 'boolean' },
  at: { type: 'string' },
} as const

const parse = (argv: readonly string[], usage: string) => {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

const timeOf = (text: string | undefined): number => {
  if (text === undefined) return Date.now()
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`--at "${text}": a time such as 2026-11-20T12:00:00Z.`)
  return time
}

const MARKS: Readonly<Record<Considered['outcome'], string>> = {
  decided: '=>',
  matched: ' ~',
  'not matched': '  ',
  failed: '!!',
  'not reached': '  ',
}

export const explain = (argv: readonly string[], usage: string): Outcome => {
  const values = parse(argv, usage)
  if (values.verb === undefined || values.resource === undefined) throw new UsageError(usage)
  const file = values.config ?? DEFAULT_CONFIG
  const { config } = readConfigFile(file, '--config')
  const caller = callerOf({ groups: values.group, caller: values.caller }, config)
  const access = accessOf(
    {
      cluster: values.cluster,
      verb: values.verb,
      resource: values.resource,
      namespace: values.namespace,
      name: values.name,
      clusterScoped: values['cluster-scoped'],
    },
    config,
  )
  const { verdict, considered } = compilePolicy(config).explain({ caller, access, now: timeOf(values.at) })
  const by = { policy: `rule "${verdict.rule}"`, rail: `rail "${verdict.rule}"`, default: 'no rule matches' }[
    verdict.by
  ]
  const rows = considered.map(({ rule, outcome, why }, index) => [MARKS[outcome], `${index + 1}`, rule, outcome, why])
  const text = [
    describeAccess(access),
    `by ${caller.client} in groups: ${caller.groups.join(', ') || 'none'}`,
    '',
    `${verdict.decision}: ${by}`,
    verdict.reason,
    '',
    rows.length === 0 ? 'There are no rules.' : table(['', '', 'rule', 'outcome', 'why'], rows),
  ]
  return { exit: 0, text: text.join('\n') }
}
