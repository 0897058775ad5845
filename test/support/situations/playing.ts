/** The mark that keeps a cluster's own kubelets and controllers off a pod or a workload, so that the planter plays them. */
import type { ObjectDocument } from './format.ts'
import { isUnscheduled } from './kubelet.ts'
import { nameMatches } from './placeholders.ts'

/** As scripts/control-plane/stages.yaml and scripts/demo/controllers/world.ts know it. */
export const PLAY = 'bulkhead.test/play'

const BUILT_IN = /^(?:v1|[a-z]+\/v\d\w*|[a-z.]+\.k8s\.io\/v\d\w*)$/
const NOT_BUILT_IN = /^gateway\.networking\.k8s\.io\//

export const isBuiltIn = ({ apiVersion }: { readonly apiVersion: string }): boolean =>
  BUILT_IN.test(apiVersion) && !NOT_BUILT_IN.test(apiVersion)

type Fields = Readonly<Record<string, unknown>>

export const played = <T extends { readonly metadata?: unknown }>(object: T, value: string): T => {
  const { metadata = {} } = object as { metadata?: Fields }
  return { ...object, metadata: { ...metadata, annotations: { ...(metadata.annotations as Fields), [PLAY]: value } } }
}

const inTemplate = (holder: Fields, value: string): Fields => {
  const spec = holder.spec as Fields | undefined
  if (spec?.template !== undefined)
    return { ...holder, spec: { ...spec, template: played(spec.template as Fields, value) } }
  if (spec?.jobTemplate !== undefined)
    return { ...holder, spec: { ...spec, jobTemplate: inTemplate(spec.jobTemplate as Fields, value) } }
  return holder
}

/** The document, with the mark on the pod that it is or on the template of those that it makes. */
export const withPlay = (document: ObjectDocument, all: readonly ObjectDocument[]): ObjectDocument => {
  const { name } = document.metadata
  const unplaced = all.some(
    ({ kind, metadata, status }) =>
      kind === 'Pod' && isUnscheduled(status) && (metadata.name === name || nameMatches(metadata.name, `${name}-0`)),
  )
  const value = unplaced ? 'unscheduled' : 'planted'
  if (document.kind === 'Pod') return played(document, value)
  return isBuiltIn(document) ? (inTemplate(document, value) as ObjectDocument) : document
}
