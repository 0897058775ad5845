/**
 * The arguments that tools share: one schema and one short description each, so that the same word means the same
 * everywhere. Grammars and lengths are kube/names.ts's and are not published in `tools/list`: a pattern costs the
 * catalogue some twenty tokens each time it stands there and tells a model nothing, while its refusal says what is
 * wanted. Nothing passes here that could change a URL's shape (THREATS.md L3-1, L3-5).
 */
import * as z from 'zod'
import { VERBS } from '../access.ts'
import { durationMs } from '../config.ts'
import { BulkheadError } from '../errors.ts'
import { isLabel, isSubdomain, refuse } from '../kube/grammar.ts'
import { storedName } from '../kube/helm.ts'
import {
  checkApiVersion,
  checkContainer,
  checkFieldSelector,
  checkKind,
  checkLabelSelector,
  checkName,
  checkNamespace,
} from '../kube/names.ts'
import { MAX_FIELDS, parseField } from './render/fields.ts'

/** One page: what kubectl asks for at a time; some 10,000 tokens as a table, beyond which a selector serves better. */
export const MAX_LIMIT = 500
/** A line is 20 to 40 tokens: more of them never fit one answer. */
export const MAX_TAIL = 5000
/** As long as guard/output takes them. */
const MAX_PATTERN = 256
/** A screen around each match. */
export const MAX_CONTEXT = 20
/** As long as guard/cursor.ts opens them. */
const CURSOR = /^[A-Za-z0-9_-]{1,8192}$/

/** A string that `check` lets through; what it throws becomes a clause of the call's refusal, so without its full stop. */
const checked = (check: (value: string) => unknown) =>
  z.string().superRefine((value, context) => {
    try {
      check(value)
    } catch (error) {
      if (!(error instanceof BulkheadError)) throw error
      context.addIssue({ code: 'custom', message: error.message.replace(/\.$/, '') })
    }
  })

const isDuration = (value: string): boolean => {
  try {
    return durationMs(value) > 0
  } catch {
    return false
  }
}

/** Mirrored to the header `Mcp-Param-Cluster`, so that what stands before us can route without reading bodies. */
export const cluster = checked(checkNamespace)
  .optional()
  .meta({ description: 'from clusters_list', 'x-mcp-header': 'Cluster' })

/** Of a tool with `several`: guard/several.ts takes it apart, so that what is checked here is one name as well. */
export const clusters = cluster.meta({ description: 'name, a,b or * for all', 'x-mcp-header': 'Cluster' })

/** Of a list. */
export const namespace = checked(checkNamespace).optional().describe('omit for all')
/** Of one object, whose type may have none. */
export const namespaceIfAny = checked(checkNamespace).optional().describe('omit if cluster-scoped')
/** Of one object that always has one. */
export const ownNamespace = checked(checkNamespace)

/** Without the type nothing narrower can be said; the type's own grammar is asked before the request. */
const checkAnyName = (value: string) => checkName(undefined, value)
export const name = checked(checkAnyName)
/** Of Helm: also the value of a label. */
export const release = checked((value) => storedName(value, 1))
export const container = checked(checkContainer).optional().describe('needed if the pod has several')

export const kind = checked(checkKind).describe('Deployment, deploy or deployments.apps')
export const apiVersion = checked(checkApiVersion).optional().describe('needed if kind is ambiguous')
export const group = z
  .string()
  .refine(
    isSubdomain,
    'An API group is lower-case letters, digits, "-" and ".", such as apps; core is the one without a name',
  )
  .optional()
  .describe('apps; core for v1')
/** A kind, and behind `/` a subresource. */
export const resource = checked((value) => {
  const [type = '', subresource, ...more] = value.split('/')
  checkKind(type)
  if (subresource !== undefined && (!isLabel(subresource) || more.length > 0))
    throw refuse('The resource', value, 'a kind or plural and at most one subresource, such as pods/log')
}).describe('pods, pods/log, deployments.apps')

export const verb = z.enum(VERBS)

export const labelSelector = checked(checkLabelSelector).optional().describe('app=web,tier!=cache')
export const fieldSelector = checked(checkFieldSelector).optional().describe('status.phase=Running')
export const limit = z.int().min(1).max(MAX_LIMIT).optional().describe('rows a page')
export const cursor = z
  .string()
  .refine((value) => CURSOR.test(value), 'The cursor is not one that a page before gave: pass it unchanged')
  .optional()
  .describe('next page, as the page before says')
export const output = z.enum(['table', 'wide', 'names', 'json']).optional()
export const fields = z
  .array(checked(parseField))
  .refine(({ length }) => length > 0 && length <= MAX_FIELDS, `Ask for 1 to ${MAX_FIELDS} fields`)
  .optional()
  .describe('spec.containers[*].image')
export const since = z
  .string()
  .refine(isDuration, 'A duration is a whole number and a unit, such as 30s, 10m, 2h or 1d')
  .optional()
  .describe('10m, 2h, 1d')
/** Compiled where it is used (guard/output): what is no pattern is refused there, before anything is read. */
export const match = z
  .string()
  .refine(({ length }) => length > 0 && length <= MAX_PATTERN, `A pattern has 1 to ${MAX_PATTERN} characters`)
  .optional()
  .describe('RE2: (?i)error|timeout')
export const involvedObject = checked((value) => {
  const slash = value.indexOf('/')
  if (slash !== -1) checkKind(value.slice(0, slash))
  checkAnyName(value.slice(slash + 1))
})
  .optional()
  .describe('Pod/web-1, or a name')
