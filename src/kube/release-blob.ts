/**
 * How Helm stores one revision of a release: gzipped JSON in base64 (helm.sh/helm/pkg/storage/driver/util.go), the value of
 * `data.release` of a ConfigMap, or of a Secret, whose data is base64 again. Bounded on the way in: what a bomb would unpack
 * to is never held.
 */
import { BulkheadError } from '../errors.ts'
import { readBody } from './body.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'

/** etcd takes 1.5 MB, which is 20 MB of repetitive charts; a bomb is a thousand times what it was. */
const MAX_RELEASE_BYTES = 16_000_000
/** Arguments of one call; engines take some 65,000. */
const CHUNK = 8_192

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64.trim()), (char) => char.charCodeAt(0))

const tooLarge = () =>
  new BulkheadError(
    'answer_too_large',
    `The release unpacks to more than ${MAX_RELEASE_BYTES / 1_000_000} MB, which is no chart's size; it was not read.`,
  )

const whole = (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  readBody(new Response(stream), MAX_RELEASE_BYTES, new AbortController().signal, tooLarge)

const unzip = (zipped: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  whole(new Blob([zipped]).stream().pipeThrough(new DecompressionStream('gzip')))

/**
 * `stored`: the value of `data.release`, of a ConfigMap as it is, of a Secret in base64 once more. Throws `cluster_nonsense`,
 * which quotes nothing of it.
 */
export const unpackRelease = async (stored: string, isSecret: boolean): Promise<JsonObject> => {
  let release: unknown
  try {
    const bytes = bytesOf(isSecret ? atob(stored.trim()) : stored)
    // Old releases are not compressed.
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    // Numbers as Helm's own decoder has them: what it reads into a float is written as one.
    release = parseJson(isZipped ? await unzip(bytes) : bytes, true)
  } catch (error) {
    if (error instanceof BulkheadError) throw error
    // Without the cause: it may quote what it could not read.
    throw new BulkheadError('cluster_nonsense', 'What is stored under this name is not a release as Helm writes it.')
  }
  if (!isObject(release))
    throw new BulkheadError('cluster_nonsense', 'What is stored under this name is no Helm release.')
  return release
}

/** The other way round, but for a Secret's own base64: what `stringData` takes. */
export const packRelease = async (release: JsonObject): Promise<string> => {
  const zipped = await whole(new Blob([JSON.stringify(release)]).stream().pipeThrough(new CompressionStream('gzip')))
  let binary = ''
  for (let at = 0; at < zipped.length; at += CHUNK) binary += String.fromCharCode(...zipped.subarray(at, at + CHUNK))
  return btoa(binary)
}
