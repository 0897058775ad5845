/**
 * Which face of an object the caller wants: the object, its metadata alone, or a Table. The first clause of `Accept`
 * that the server can honour wins, so kubectl's lists of fallbacks work; none: 406.
 */
import { notAcceptable } from './status.ts'

export interface Face {
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly version: 'v1' | 'v1beta1'
  readonly yaml: boolean
}

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const
const WILDCARDS = new Set(['*/*', 'application/*'])
const FACES = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])

interface Clause {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** The clauses of an Accept header, best quality first, otherwise in the order given. */
export const parseAccept = (header: string): Clause[] =>
  header
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((piece) => piece.trim())
      const pairs = rest.map((pair) => {
        const cut = pair.indexOf('=')
        return [pair.slice(0, Math.max(cut, 0)).toLowerCase(), pair.slice(cut + 1)] as const
      })
      return { type: type.toLowerCase(), parameters: new Map(pairs) }
    })
    .filter((clause) => clause.type !== '')
    .sort((a, b) => Number(b.parameters.get('q') ?? 1) - Number(a.parameters.get('q') ?? 1))

const faceOf = ({ type, parameters }: Clause): Face | undefined => {
  const yaml = type === 'application/yaml'
  if (type !== 'application/json' && !yaml && !WILDCARDS.has(type)) return undefined
  const as = parameters.get('as')
  if (as === undefined) return { as: 'object', version: 'v1', yaml }
  const version = parameters.get('v')
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1') || !FACES.has(as)) {
    return undefined
  }
  return { as: as as Face['as'], version, yaml }
}

/** Throws 406 when nothing that the caller accepts can be made. An absent header accepts anything. */
export const negotiate = (accept: string | undefined): Face => {
  if (accept === undefined || accept.trim() === '') return { as: 'object', version: 'v1', yaml: false }
  for (const clause of parseAccept(accept)) {
    const face = faceOf(clause)
    if (face !== undefined) return face
  }
  throw notAcceptable(MEDIA_TYPES)
}
