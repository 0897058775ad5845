/**
 * `when`: one CEL expression (https://github.com/google/cel-spec) over `caller`, `access`, `change`, `object` and `now`,
 * compiled and type-checked once. Pure. An expression that fails while it is evaluated throws; policy turns that into a
 * refusal.
 *
 * Its cost is bounded on both sides. The operator's side: length, nodes, depth, few comprehensions and fewer inside each
 * other, no `cel.bind` (which can double a value at every step), and `matches` by a linear engine with a pattern that
 * is known when it is compiled. The cluster's side: what `object` and `change` may hold.
 */
import { type ASTNode, TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import type { Access, Caller } from '../access.ts'

/** As the configuration's schema bounds it too. */
export const MAX_WHEN_LENGTH = 4096
/** A page of conditions; a longer one belongs into several rules. */
const MAX_NODES = 500
const MAX_DEPTH = 32
/** `access.namespace in [ … ]`. */
const MAX_LITERAL = 200
const MAX_ARGUMENTS = 8
/** `containers.all(c, c.ports.exists(p, …))` is two, one inside the other. */
const MAX_COMPREHENSIONS = 4
const MAX_NESTED = 2
/** Two nested comprehensions over lists this long are a quarter of a million steps: under half a second, cold. */
const MAX_LIST = 500
/** Of `object` and of `change`: more than any object that is not mostly data. */
const MAX_VALUES = 20_000

const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
const LINEAR_MATCHES = 'matchesLinear'

/** What an expression sees. `change` and `object` are empty where there are none: a read. */
export interface WhenContext {
  readonly caller: Caller
  readonly access: Access
  readonly change?: Readonly<Record<string, unknown>>
  readonly object?: Readonly<Record<string, unknown>>
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** For the operator: may repeat what the expression looked at. `offset` counts characters from the expression's start. */
export class WhenError extends Error {
  readonly offset: number | undefined
  constructor(message: string, offset?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'WhenError'
    this.offset = offset
  }
}

export interface When {
  /** Which of the five variables it looks at. */
  readonly uses: ReadonlySet<string>
  /** Throws WhenError. */
  evaluate(context: WhenContext): boolean
  /** Whether the answer hangs on this field of the access: it could be another for one of those that a `*` stands for. */
  hangsOn(field: AccessScope, context: WhenContext): boolean
}

/** What an access may leave open: it then stands for every namespace, or every object of a list. */
export type AccessScope = 'namespace' | 'name'

const environment = (patterns: ReadonlyMap<string, RE2JS>): Environment =>
  new Environment({
    limits: {
      maxAstNodes: MAX_NODES,
      maxDepth: MAX_DEPTH,
      maxListElements: MAX_LITERAL,
      maxMapEntries: MAX_LITERAL,
      maxCallArguments: MAX_ARGUMENTS,
    },
  })
    .registerVariable({
      name: 'caller',
      schema: {
        issuer: 'string',
        client: 'string',
        subject: 'string',
        owner: 'string',
        groups: 'list<string>',
        act: 'list<string>',
      },
    })
    .registerVariable({
      name: 'access',
      schema: {
        cluster: 'string',
        verb: 'string',
        group: 'string',
        resource: 'string',
        subresource: 'string',
        namespace: 'string',
        name: 'string',
      },
    })
    .registerVariable('change', 'map<string, dyn>')
    .registerVariable('object', 'map<string, dyn>')
    .registerVariable('now', 'google.protobuf.Timestamp')
    .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, pattern: string) =>
      // Always there: the walk below compiled every pattern. Were it not, nothing must match.
      (patterns.get(pattern) ?? RE2JS.compile('[^\\s\\S]')).matcher(text).find(),
    )

const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value

interface Survey {
  readonly uses: Set<string>
  readonly patterns: Map<string, RE2JS>
  comprehensions: number
}

const takePattern = (node: ASTNode, argument: unknown, survey: Survey): void => {
  if (!isNode(argument) || argument.op !== 'value' || typeof argument.args !== 'string')
    throw new WhenError('matches takes a pattern written out in the expression', node.start)
  try {
    survey.patterns.set(argument.args, RE2JS.compile(argument.args))
  } catch (error) {
    throw new WhenError(`the pattern of matches is not one of RE2's`, argument.start, error)
  }
}

/** Looks at every node once: enforces the bounds, and points `matches` at the linear engine. */
const inspect = (value: unknown, nesting: number, survey: Survey): void => {
  if (Array.isArray(value)) {
    for (const item of value) inspect(item, nesting, survey)
    return
  }
  if (!isNode(value)) return
  if (value.op === 'id') survey.uses.add(value.args)
  if (value.op !== 'rcall') {
    inspect(value.args, nesting, survey)
    return
  }
  const [method, receiver, args] = value.args
  inspect(receiver, nesting, survey)
  if (method === 'bind') throw new WhenError('cel.bind is not offered', value.start)
  if (method === LINEAR_MATCHES) throw new WhenError(`no method is named ${LINEAR_MATCHES}`, value.start)
  if (method === 'matches') {
    takePattern(value, args[0], survey)
    value.args[0] = LINEAR_MATCHES
  }
  if (!COMPREHENSIONS.has(method)) {
    inspect(args, nesting, survey)
    return
  }
  if (++survey.comprehensions > MAX_COMPREHENSIONS)
    throw new WhenError(`more than ${MAX_COMPREHENSIONS} of ${[...COMPREHENSIONS].join(', ')}`, value.start)
  if (nesting + 1 > MAX_NESTED)
    throw new WhenError(`${method} stands inside ${MAX_NESTED} others of its kind: too deep`, value.start)
  inspect(args, nesting + 1, survey)
}

/** JSON as CEL sees it: whole numbers are integers (BigInt), everything else is itself. */
const toCel = (value: unknown, budget: { left: number }): unknown => {
  if (--budget.left < 0) throw new WhenError(`more than ${MAX_VALUES} values to look at`)
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) {
    if (value.length > MAX_LIST) throw new WhenError(`a list of more than ${MAX_LIST} items to look at`)
    return value.map((item) => toCel(item, budget))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, toCel(item, budget)]])),
  )
}

const described = (error: unknown): WhenError => {
  if (error instanceof WhenError) return error
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
    return new WhenError(error.summary, error.range?.start, error)
  return new WhenError(error instanceof Error ? error.message : String(error), undefined, error)
}

const variables = ({ caller, access, change, object, now }: WhenContext, uses: ReadonlySet<string>) => ({
  caller: {
    issuer: caller.issuer,
    client: caller.client,
    subject: caller.subject,
    owner: caller.owner ?? '',
    groups: [...caller.groups],
    act: [...(caller.act ?? [])],
  },
  access: {
    cluster: access.cluster,
    verb: access.verb,
    group: access.group,
    resource: access.resource,
    subresource: access.subresource ?? '',
    namespace: access.namespace ?? '',
    name: access.name ?? '',
  },
  change: uses.has('change') ? toCel(change ?? {}, { left: MAX_VALUES }) : {},
  object: uses.has('object') ? toCel(object ?? {}, { left: MAX_VALUES }) : {},
  now: new Date(now),
})

/**
 * One environment for many expressions: making one costs more than compiling in it. What it returns throws WhenError,
 * with the place, for an expression that does not parse, does not type or could run away.
 */
export const createWhenCompiler = (): ((source: string) => When) => {
  const patterns = new Map<string, RE2JS>()
  let cel: Environment | undefined
  return (source) => {
    if (source.length > MAX_WHEN_LENGTH) throw new WhenError(`longer than ${MAX_WHEN_LENGTH} characters`)
    const survey: Survey = { uses: new Set(), patterns, comprehensions: 0 }
    try {
      cel ??= environment(patterns)
      const program = cel.parse(source)
      inspect(program.ast, 0, survey)
      const checked = program.check()
      if (checked.error !== undefined) throw checked.error
      if (checked.type !== 'bool' && checked.type !== 'dyn')
        throw new WhenError(`it gives ${checked.type}, and a condition is true or false`, 0)
      return {
        uses: survey.uses,
        evaluate(context) {
          try {
            const result: unknown = program(variables(context, survey.uses))
            if (typeof result !== 'boolean') throw new WhenError(`it gave ${typeof result}, not true or false`)
            return result
          } catch (error) {
            throw described(error)
          }
        },
        hangsOn(field, context) {
          try {
            const { access, ...rest } = variables(context, survey.uses)
            // CEL's own logic for what is not known: `false && …` is false all the same, and only what remains throws.
            program({ ...rest, access: Object.fromEntries(Object.entries(access).filter(([key]) => key !== field)) })
            return false
          } catch {
            return true
          }
        },
      }
    } catch (error) {
      throw described(error)
    }
  }
}
