/**
 * A Helm release as it may leave (THREATS.md, rails): every value masked whatever it is, manifests as objects redacted by
 * their structure, notes without any value that was given at install. A manifest that is no plain YAML is left out.
 */
import { CORE_SCHEMA, loadAll } from 'js-yaml'
import type { StoredRelease } from '../kube/helm.ts'
import { isObject } from '../kube/json.ts'
import type { HelmRelease, Json, KubeObject } from '../tool.ts'
import type { OutputSession } from './output/index.ts'

/** Shorter values are words of any text: `web`, `true`, `8080`. */
const MIN_REPEATED = 6
/** Longest first; a release with more is a data file. */
const MAX_REPEATED = 500

const leaves = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

const withoutValues = (notes: string, values: Json): string => {
  const repeated = [...new Set(leaves(values))]
    .filter((value) => value.length >= MIN_REPEATED)
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MAX_REPEATED)
  return repeated.reduce((text, value) => text.replaceAll(value, '[a value]'), notes)
}

/** No aliases: a few lines of them unpack to gigabytes, and Helm writes none. */
const documentsOf = (manifest: string): readonly KubeObject[] | undefined => {
  try {
    return loadAll(manifest, { schema: CORE_SCHEMA, maxAliases: 0 }).filter(isObject) as readonly KubeObject[]
  } catch {
    return undefined
  }
}

export const redactRelease = (release: StoredRelease, output: OutputSession): HelmRelease => {
  const objects = documentsOf(release.manifest)
  const { chart, appVersion, status, description } = release
  return {
    chart,
    appVersion,
    status,
    description: withoutValues(description, release.values),
    notes: withoutValues(release.notes, release.values),
    values: output.masked(release.values),
    ...(objects === undefined ? {} : { manifest: objects.map((object) => output.object(object)) }),
  }
}
