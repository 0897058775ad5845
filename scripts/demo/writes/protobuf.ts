/**
 * kubectl sends a few small objects as protobuf whatever the server would like: reviews, evictions, and what its
 * `create` commands make. The simple ones are read here, by field number; any other kind in protobuf is refused with the formats that do work.
 */
import { type Json, type JsonObject, list, record } from '../json.ts'
import { ApiError } from '../status.ts'

/** Every protobuf body of Kubernetes starts so. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** `texts` and `blobs` are maps from a string to a string, or to bytes that JSON has in base64. */
type FieldType = Shape | 'string' | 'integer' | 'list' | 'texts' | 'blobs'
type Shape = { readonly [number: number]: readonly [field: string, type: FieldType] }

const META: Shape = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  11: ['labels', 'texts'],
  12: ['annotations', 'texts'],
}

const ACCESS: Shape = {
  1: ['namespace', 'string'],
  2: ['verb', 'string'],
  3: ['group', 'string'],
  4: ['version', 'string'],
  5: ['resource', 'string'],
  6: ['subresource', 'string'],
  7: ['name', 'string'],
}

const PATH: Shape = { 1: ['path', 'string'], 2: ['verb', 'string'] }

const KINDS: Readonly<Record<string, Shape>> = {
  SelfSubjectAccessReview: {
    1: ['metadata', META],
    2: ['spec', { 1: ['resourceAttributes', ACCESS], 2: ['nonResourceAttributes', PATH] }],
  },
  SelfSubjectRulesReview: { 1: ['metadata', META], 2: ['spec', { 1: ['namespace', 'string'] }] },
  SelfSubjectReview: { 1: ['metadata', META] },
  Namespace: { 1: ['metadata', META] },
  ServiceAccount: { 1: ['metadata', META] },
  ConfigMap: { 1: ['metadata', META], 2: ['data', 'texts'], 3: ['binaryData', 'blobs'] },
  Secret: { 1: ['metadata', META], 2: ['data', 'blobs'], 3: ['type', 'string'], 4: ['stringData', 'texts'] },
  TokenRequest: {
    1: ['metadata', META],
    2: ['spec', { 1: ['audiences', 'list'], 4: ['expirationSeconds', 'integer'] }],
  },
  Eviction: { 1: ['metadata', META], 2: ['deleteOptions', { 1: ['gracePeriodSeconds', 'integer'] }] },
}

interface Field {
  readonly number: number
  readonly value: Buffer | number
}

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.length) {
    const key = varint()
    const type = key & 7
    if (type === 0) {
      yield { number: key >> 3, value: varint() }
    } else if (type === 2) {
      const length = varint()
      yield { number: key >> 3, value: bytes.subarray(at, at + length) }
      at += length
    } else {
      throw new ApiError(400, 'BadRequest', `the protobuf body has a field of wire type ${type}`)
    }
  }
}

const read = (bytes: Buffer, shape: Shape): JsonObject => {
  const object: JsonObject = {}
  for (const { number, value } of fields(bytes)) {
    const known = shape[number]
    if (known === undefined) continue
    const [field, type] = known
    if (typeof value === 'number') object[field] = value
    else if (type === 'texts' || type === 'blobs') object[field] = { ...record(object, field), ...entry(value, type) }
    else if (type === 'list') object[field] = [...list(object, field), value.toString()]
    else if (typeof type !== 'string') object[field] = read(value, type)
    // Absent strings come as empty ones.
    else if (value.length > 0) object[field] = value.toString()
  }
  return object
}

const entry = (bytes: Buffer, type: 'texts' | 'blobs'): JsonObject => {
  const parts = new Map([...fields(bytes)].map(({ number, value }) => [number, value]))
  const value = parts.get(2)
  const content = Buffer.isBuffer(value) ? value.toString(type === 'blobs' ? 'base64' : 'utf8') : ''
  return { [String(parts.get(1) ?? '')]: content }
}

/** Throws 415 for a kind that is not read here. */
export const decodeProtobuf = (body: Buffer): Json => {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ApiError(400, 'BadRequest', 'the protobuf body does not start as one of Kubernetes does')
  }
  // runtime.Unknown: 1 = typeMeta { 1 = apiVersion, 2 = kind }, 2 = the object itself
  const envelope = read(body.subarray(MAGIC.length), {
    1: ['type', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
  })
  const type = envelope.type as JsonObject | undefined
  const kind = String(type?.kind ?? '')
  const shape = KINDS[kind]
  if (shape === undefined) {
    throw new ApiError(415, 'UnsupportedMediaType', `the demo reads ${kind || 'this kind'} as JSON or YAML only`)
  }
  const raw = [...fields(body.subarray(MAGIC.length))].find((field) => field.number === 2)?.value
  return {
    apiVersion: String(type?.apiVersion ?? ''),
    kind,
    ...(Buffer.isBuffer(raw) ? read(raw, shape) : {}),
  }
}
