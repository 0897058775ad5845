/**
 * From a tool's published schema to every call that could carry something out of the canaries' namespace: each planted
 * object that its arguments can name, in each form of output. Nothing is listed by hand, so a new tool is swept from its
 * first day; an argument whose values cannot be guessed needs a line in `VALUES`, and the suite says so.
 */

import { NAMESPACE } from './canary-objects.ts'
import { CONTAINER } from './canary-workloads.ts'
import type { Planted } from './plant.ts'

export type Args = Readonly<Record<string, unknown>>

interface Property {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
}

export interface ListedTool {
  readonly name: string
  readonly inputSchema: unknown
}

/** Arguments that the planted objects do not answer; the first is taken where the argument is required. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  resource: ['secrets', 'pods/log'],
  group: ['canary.example.com'],
  container: [CONTAINER],
  tail: [5000],
  since: ['300d'],
  involvedObject: ['Pod/canary-runs', 'canary-runs'],
  labelSelector: ['app=canary'],
  fieldSelector: [`metadata.namespace=${NAMESPACE}`],
  limit: [5],
  fields: [['metadata', 'spec', 'status', 'data', 'webhooks', 'template', 'message']],
  match: ['(?i)password|token|key|url'],
  context: [3],
  path: ['spec'],
}
/** Said by the subject, left at its default, or tried by paging. */
const ELSEWHERE = new Set(['cluster', 'kind', 'apiVersion', 'name', 'namespace', 'cursor'])

const isProperty = (value: unknown): value is Property => typeof value === 'object' && value !== null

const schemaOf = ({ inputSchema }: ListedTool) => {
  const { properties = {}, required = [] } = inputSchema as {
    properties?: Readonly<Record<string, unknown>>
    required?: readonly string[]
  }
  return { properties, required }
}

const valuesOf = (tool: string, name: string, property: unknown): readonly unknown[] => {
  const known = VALUES[name]
  if (known !== undefined) return known
  if (isProperty(property) && property.enum !== undefined) return property.enum
  if (isProperty(property) && property.type === 'boolean') return [true, false]
  if (isProperty(property) && property.type === 'integer') return [property.minimum ?? 1]
  throw new Error(`${tool} takes "${name}": say in test/support/sweeps.ts with which values canaries are looked for`)
}

/** Which names a tool without a `kind` means. */
const kindBy = (tool: string): string => (tool.startsWith('nodes_') ? 'Node' : 'Pod')

const subjects = (tool: ListedTool, planted: readonly Planted[]): readonly Args[] => {
  const { properties, required } = schemaOf(tool)
  const has = (name: string) => properties[name] !== undefined
  const place = (it: Planted) => (has('namespace') && it.namespace !== undefined ? { namespace: it.namespace } : {})
  const version = (it: Planted) => (has('apiVersion') ? { apiVersion: it.apiVersion } : {})
  const kinds = isProperty(properties.kind) ? properties.kind.enum : undefined
  const meant = planted.filter((it) => kinds === undefined || kinds.includes(it.kind))
  if (has('kind') && has('name'))
    return meant.map((it) => ({ kind: it.kind, name: it.name, ...version(it), ...place(it) }))
  if (has('kind')) {
    const first = new Map(meant.map((it) => [it.kind, it]))
    return [...first.values()].flatMap((it) => {
      const one = { kind: it.kind, ...version(it) }
      return [one, ...(it.namespace === undefined ? [] : [{ ...one, ...place(it) }])]
    })
  }
  if (tool.name.startsWith('helm_') && has('name')) return [{ name: 'canary', namespace: NAMESPACE }]
  const all = [{}, ...(has('namespace') ? [{ namespace: NAMESPACE }] : [])]
  if (!has('name')) return all
  const named = planted.filter((it) => it.kind === kindBy(tool.name)).map((it) => ({ name: it.name, ...place(it) }))
  return required.includes('name') ? named : [...all, ...named]
}

/** A list over all namespaces shows what the one of the canaries shows, and much else: it is asked for once. */
const isOverAll = (subject: Args, planted: readonly Planted[]): boolean =>
  subject.namespace === undefined && planted.some((it) => it.kind === subject.kind && it.namespace !== undefined)

/** Every subject as it is, and with each optional argument's values by themselves. */
export const sweepOf = (tool: ListedTool, planted: readonly Planted[]): readonly Args[] => {
  const { properties, required } = schemaOf(tool)
  const others = Object.entries(properties).filter(([name]) => !ELSEWHERE.has(name))
  const needed = Object.fromEntries(
    others
      .filter(([name]) => required.includes(name))
      .map(([name, property]) => [name, valuesOf(tool.name, name, property)[0]]),
  )
  const variants: readonly Args[] = [
    {},
    ...others.flatMap(([name, property]) => valuesOf(tool.name, name, property).map((value) => ({ [name]: value }))),
  ]
  return subjects(tool, planted).flatMap((subject) =>
    (isOverAll(subject, planted) ? [{}] : variants).map((variant) => ({ ...needed, ...subject, ...variant })),
  )
}
