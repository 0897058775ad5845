/**
 * One revision of a Helm release, read from where Helm stores it: gzipped JSON in base64, in a Secret (whose data is base64
 * again) or a ConfigMap. What is stored never leaves this file; what does is built from what a reader asks for, and is raw:
 * only guard/ may hold it.
 */
import { BulkheadError } from '../errors.ts'
import type { Json, ResourceType } from '../tool.ts'
import { isObject, type JsonObject, objectOf, parseJson, textOf } from './json.ts'
import { checkName } from './names.ts'
import { resourcePath } from './path.ts'
import { ACCEPT_JSON, type Requester } from './request.ts'

/** etcd takes 1.5 MB, which is 20 MB of repetitive charts; a bomb is a thousand times what it was. */
const MAX_RELEASE_BYTES = 16_000_000
/** Helm's own limit for a release's name is 53. */
const RELEASE_NAME = /^[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?$/

export interface StoredRelease {
  readonly chart: string
  readonly appVersion: string
  readonly status: string
  readonly description: string
  readonly notes: string
  /** What was given at install, not the chart's defaults. */
  readonly values: JsonObject
  /** Several YAML documents. */
  readonly manifest: string
}

/** Throws `invalid_arguments`. */
export const storedName = (name: string, revision: number): string => {
  if (!RELEASE_NAME.test(name))
    throw new BulkheadError(
      'invalid_arguments',
      'A Helm release has a name of at most 53 lower-case letters, digits, "-" and ".".',
    )
  return checkName({ group: '', resource: 'secrets' }, `sh.helm.release.v1.${name}.v${revision}`)
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64.trim()), (char) => char.charCodeAt(0))

const tooLarge = () =>
  new BulkheadError(
    'answer_too_large',
    `The release unpacks to more than ${MAX_RELEASE_BYTES / 1_000_000} MB, which is no chart's size; it was not read.`,
  )

/** Stops at the cap: what a bomb would unpack to is never held. */
const unzip = async (zipped: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const reader = new Blob([zipped]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength
    if (size > MAX_RELEASE_BYTES) {
      void reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    chunks.push(next.value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** `stored`: the value of `data.release`, of a ConfigMap as it is, of a Secret in base64 once more. */
export const decodeRelease = async (stored: string, isSecret: boolean): Promise<StoredRelease> => {
  let release: Json
  try {
    const text = isSecret ? atob(stored.trim()) : stored
    const bytes = bytesOf(text)
    // Old releases are not compressed.
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    release = parseJson(isZipped ? await unzip(bytes) : bytes)
  } catch (error) {
    if (error instanceof BulkheadError) throw error
    // Without the cause: it may quote what it could not read.
    throw new BulkheadError('cluster_nonsense', 'What is stored under this name is not a release as Helm writes it.')
  }
  if (!isObject(release))
    throw new BulkheadError('cluster_nonsense', 'What is stored under this name is no Helm release.')
  const info = objectOf(release.info)
  const chart = objectOf(objectOf(release.chart).metadata)
  return {
    chart: `${textOf(chart.name) ?? ''}-${textOf(chart.version) ?? ''}`,
    appVersion: textOf(chart.appVersion) ?? '',
    status: textOf(info.status) ?? '',
    description: textOf(info.description) ?? '',
    notes: textOf(info.notes) ?? '',
    values: objectOf(release.config),
    manifest: textOf(release.manifest) ?? '',
  }
}

/** `type`: core Secrets or ConfigMaps. Throws `not_found`, or what the way there says. */
export const readRelease = async (
  requester: Requester,
  type: ResourceType,
  namespace: string,
  stored: string,
  signal: AbortSignal,
): Promise<StoredRelease> => {
  const about = { verb: 'get', group: '', resource: type.resource, namespace, name: stored } as const
  const path = resourcePath(type, { namespace, name: stored })
  const object = objectOf(await requester.get({ path, about, accept: ACCEPT_JSON }, signal))
  const release = textOf(objectOf(object.data).release)
  const isSecret = type.resource === 'secrets'
  if (release === undefined || (isSecret && object.type !== 'helm.sh/release.v1'))
    throw new BulkheadError('not_found', 'What is stored under this name is no Helm release.')
  return decodeRelease(release, isSecret)
}
