/** What the fields of a type are, as the cluster itself describes them: `kubectl explain`, custom resources included. */
import * as z from 'zod'
import { bytesOf, count, oneLine, shorten } from '../kube/text.ts'
import { apiVersionOf, readTool, type SchemaField } from '../tool.ts'
import { apiVersion, cluster, kind } from './arguments.ts'
import { roomOf } from './render/pages.ts'
import { renderTable } from './render/table.ts'

/** Field names as Kubernetes and CRDs have them, parted by dots; `[]` behind a list's name is taken, and means nothing. */
const PATH = /^[A-Za-z$][\w$-]{0,62}(?:\[[0-9]{0,4}\])?(?:\.[A-Za-z$][\w$-]{0,62}(?:\[[0-9]{0,4}\])?){0,15}$/
/** Of a field in a list: its first sentence, most often. */
const MAX_FIELD = 100
/** Of what was asked for itself. */
const MAX_OWN = 800

const path = z
  .string()
  .refine((value) => PATH.test(value), 'A path is field names and dots, such as spec.template.spec')
  .optional()
  .describe('spec.template.spec')

const firstSentence = (text: string): string => {
  const line = oneLine(text)
  const end = line.search(/\.(?: [A-Z]|$)/)
  return shorten(end === -1 ? line : line.slice(0, end), MAX_FIELD)
}

const head = ({ type, required, description, default: fallback }: SchemaField, where: string): string =>
  [
    where.includes('.') ? `${where}: ${oneLine(type)}${required ? ', required' : ''}` : where,
    ...(fallback === undefined ? [] : [`default: ${oneLine(fallback)}`]),
    ...(description === '' ? [] : [shorten(oneLine(description), MAX_OWN)]),
  ].join('\n')

const row = ({ name, type, required, description, default: fallback }: SchemaField, told: boolean) => [
  `${oneLine(name)}${required ? '*' : ''}`,
  oneLine(type),
  fallback ?? '',
  told ? firstSentence(description) : '',
]

export const resourcesExplain = readTool({
  name: 'resources_explain',
  title: 'Explain fields',
  description: 'Fields of a type or of what path leads to: types, * if required, what they mean. CRDs too.',
  input: z.strictObject({ cluster, kind, apiVersion, path }),
  needs: [
    { verb: 'get', resource: '*' },
    { verb: 'list', resource: '*' },
  ],
  async run(input, views) {
    const view = views.cluster(input.cluster)
    const type = await view.resolve(input.kind, input.apiVersion)
    const steps = input.path?.replace(/\[[0-9]*\]/g, '').split('.') ?? []
    const answer = await view.schema(type, steps)
    const where = [type.kind, ...steps].join('.')
    const table = (told: boolean) =>
      answer.fields.length === 0
        ? []
        : [
            renderTable({
              headers: ['FIELD', 'TYPE', 'DEFAULT', 'MEANING'],
              rows: answer.fields.map((field) => row(field, told)),
              foldable: [],
            }),
          ]
    const whole = [`${apiVersionOf(type)} ${head(answer, where)}`, ...table(true)].join('\n')
    const fits = bytesOf(whole) <= roomOf(views)
    return {
      untrusted: fits ? whole : [`${apiVersionOf(type)} ${head(answer, where)}`, ...table(false)].join('\n'),
      notes: [
        answer.fields.length === 0
          ? 'It holds no fields of its own.'
          : `${count(answer.fields.length, 'field')}; * is required. A longer path looks inside one.`,
        ...(fits ? [] : ['What the fields mean does not fit: ask for each by its path.']),
      ],
    }
  },
})
