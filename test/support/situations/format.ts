/**
 * A situation as it is written down (test/situations/README.md): documents to plant, and what diagnosis must say about
 * them. Strict where the format is ours, loose where it is Kubernetes'; a mistake is told with its file and path, all of
 * them at once.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import * as z from 'zod'
import { unknownPlaceholders } from './placeholders.ts'

export const SITUATIONS = new URL('../../situations/', import.meta.url).pathname

/** What issue 4 asks to be recognised, and the namespaces that must be left in peace. */
export const CLASSES = [
  'pods',
  'workloads',
  'network',
  'storage',
  'nodes',
  'cluster',
  'access',
  'delivery',
  'several',
  'healthy',
] as const

const name = z.string().min(1)

const plantSchema = z.strictObject({
  /** Only here: what the other platform's own controllers make. */
  on: z.enum(['demo', 'real']).optional(),
  /** `Kind/name` of the controller that owns the object. */
  owner: z
    .string()
    .regex(/^[A-Z]\w+\/\S+$/)
    .optional(),
  /** Deleted once everything stands; a finalizer of the document holds it. */
  delete: z.literal(true).optional(),
  /** The demo's controllers leave the object alone from the start. */
  still: z.literal(true).optional(),
  /** Of the objects that a name with `*` finds, at most so many. */
  count: z.int().min(1).optional(),
})

const objectSchema = z
  .looseObject({
    apiVersion: name,
    kind: name,
    metadata: z.looseObject({ name }),
    status: z.record(z.string(), z.unknown()).optional(),
    plant: plantSchema.optional(),
  })
  .refine(({ metadata, spec }) => !metadata.name.endsWith('*') || spec === undefined, {
    path: ['spec'],
    message: 'a name with * stands for objects that controllers make: give their status alone',
  })

const eventSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Event'),
  involvedObject: z.strictObject({ apiVersion: name.default('v1'), kind: name, name, fieldPath: name.optional() }),
  type: z.enum(['Normal', 'Warning']),
  reason: name,
  message: name,
  count: z.int().min(1).default(1),
  firstTimestamp: name.optional(),
  lastTimestamp: name.default('{{ago 1m}}'),
  component: name.default('kubelet'),
  plant: plantSchema.pick({ on: true, count: true }).strict().optional(),
})

const logSchema = z.strictObject({
  apiVersion: z.literal('bulkhead.test/v1'),
  kind: z.literal('ContainerLog'),
  container: name,
  lines: z.array(z.string()),
  previousLines: z.array(z.string()).optional(),
})

const rootSchema = z.strictObject({ check: z.string().regex(/^[a-z]+(?:-[a-z]+)+$/), kind: name, name })

const expectedSchema = z
  .strictObject({
    title: name,
    class: z.enum(CLASSES),
    /** Without any of them: the whole cluster. */
    scope: z.strictObject({ namespace: name.optional(), kind: name.optional(), name: name.optional() }),
    /**
     * How far the clock of the diagnosis is ahead of the cluster's: nothing that was made just now can be waited for until
     * it is old. Ages that the API server prints are its own.
     */
    after: z
      .string()
      .regex(/^\d+[smh]$/)
      .default('10m'),
    /** Where it can be planted; a comment says why not on both. */
    platforms: z
      .array(z.enum(['demo', 'real']))
      .min(1)
      .default(['demo', 'real']),
    rootCauses: z.array(rootSchema),
    consequences: z.array(rootSchema.extend({ causedBy: rootSchema })).default([]),
    /** Words that stand in some entry of `notExamined`. */
    notExamined: z.array(name).default([]),
  })
  .refine((it) => (it.class === 'healthy') === (it.rootCauses.length === 0), {
    path: ['rootCauses'],
    message: 'healthy means that there are none',
  })
  .refine(({ scope }) => (scope.kind === undefined) === (scope.name === undefined), {
    path: ['scope'],
    message: 'kind comes with name',
  })

export type ObjectDocument = z.infer<typeof objectSchema>
export type EventDocument = z.infer<typeof eventSchema>
export type LogDocument = z.infer<typeof logSchema>
export type Expected = z.infer<typeof expectedSchema>
export type ExpectedFinding = z.infer<typeof rootSchema>

export interface Situation {
  readonly name: string
  /** In the order in which they are planted. */
  readonly objects: readonly ObjectDocument[]
  readonly events: readonly EventDocument[]
  readonly logs: readonly LogDocument[]
  readonly expected: Expected
}

/** Text that is no YAML is a mistake like any other. */
const yaml = <T>(file: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

const told = (file: string, error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => `${file}: ${path.length === 0 ? '(all)' : path.join('.')}: ${message}`)

/** Throws one error that tells every mistake. */
export const parseSituation = (situation: string, manifests: string, expected: string): Situation => {
  const mistakes: string[] = []
  const check = <T>(schema: z.ZodType<T>, value: unknown, file: string): readonly T[] => {
    for (const placeholder of unknownPlaceholders(value)) mistakes.push(`${file}: no such placeholder: ${placeholder}`)
    const parsed = schema.safeParse(value)
    if (parsed.success) return [parsed.data]
    mistakes.push(...told(file, parsed.error))
    return []
  }
  const objects: ObjectDocument[] = []
  const events: EventDocument[] = []
  const logs: LogDocument[] = []
  const documents = yaml(`${situation}/manifests.yaml`, () => loadAll(manifests))
  for (const [index, document] of documents.entries()) {
    const file = `${situation}/manifests.yaml, document ${index + 1}`
    const { kind } = (document ?? {}) as { kind?: unknown }
    if (kind === 'Event') events.push(...check(eventSchema, document, file))
    else if (kind === 'ContainerLog') logs.push(...check(logSchema, document, file))
    else objects.push(...check(objectSchema, document, file))
  }
  const file = `${situation}/expected.yaml`
  const [wanted] = check(
    expectedSchema,
    yaml(file, () => load(expected)),
    file,
  )
  if (wanted === undefined || mistakes.length > 0) throw new Error(mistakes.join('\n'))
  return { name: situation, objects, events, logs, expected: wanted }
}

/** All of them, by name. */
export const loadSituations = (directory: string = SITUATIONS): readonly Situation[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: situation }) => situation)
    .sort()
    .map((situation) => {
      const read = (file: string) => readFileSync(join(directory, situation, file), 'utf8')
      return parseSituation(situation, read('manifests.yaml'), read('expected.yaml'))
    })

/** Images that its pods run, without their tags. */
export const imagesOf = ({ objects }: Situation): readonly string[] => {
  const found = Array.from(
    JSON.stringify(objects).matchAll(/"image":"([^"]+?)(?::[^":/]+)?"/g),
    ([, image = '']) => image,
  )
  return [...new Set(found)]
}
