/**
 * One revision of a Helm release, read from where Helm stores it: a Secret or a ConfigMap (release-blob.ts). Of what is
 * stored there leaves here only what a reader asks for, and that is raw: only guard/ may hold it.
 */
import { BulkheadError } from '../errors.ts'
import type { ResourceType } from '../tool.ts'
import { type JsonObject, objectOf, textOf } from './json.ts'
import { checkName } from './names.ts'
import { resourcePath } from './path.ts'
import { unpackRelease } from './release-blob.ts'
import { ACCEPT_JSON, type Requester } from './request.ts'

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

/** `stored`: the value of `data.release`, of a ConfigMap as it is, of a Secret in base64 once more. */
export const decodeRelease = async (stored: string, isSecret: boolean): Promise<StoredRelease> => {
  const release = await unpackRelease(stored, isSecret)
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
