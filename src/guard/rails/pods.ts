/** The rails around pods, wherever they are described: in a Pod, or in the template of what makes pods. */
import { arrayOf } from '../../kube/json.ts'
import type { KubeObject } from '../../tool.ts'
import { podSecurity } from '../podsecurity/index.ts'
import { templateOf } from '../podsecurity/template.ts'
import { sameJson } from '../same.ts'
import type { Hit, WriteRail, Writing } from './words.ts'

const addedEphemeral = ({ operation: { type }, live, admitted }: Writing): Hit | undefined => {
  const template = templateOf(admitted, type.kind)
  if (template === undefined) return undefined
  const before = arrayOf(templateOf(live, type.kind)?.spec.ephemeralContainers)
  const added = arrayOf(template.spec.ephemeralContainers).find((it) => !before.some((other) => sameJson(it, other)))
  return added === undefined ? undefined : { field: `${template.specField}.ephemeralContainers`, value: added }
}

/** Of an object that violates it already too: a change of it makes new pods of the same kind. */
const belowBaseline = ({ operation: { type }, admitted }: Writing): Hit | undefined =>
  podSecurity(admitted as KubeObject, type.kind).find(({ level }) => level === 'baseline')

export const POD_RAILS: readonly WriteRail[] = [
  {
    name: 'added-ephemeral-containers',
    summary: '`ephemeralContainers` that are not there yet',
    why: 'a debugging container is exec by another name',
    judge: addedEphemeral,
    compares: true,
  },
  {
    name: 'pod-security-baseline',
    summary: 'a workload that violates Pod Security *baseline*, in whatever kind carries the pod template',
    why: 'such a pod can take over its node',
    judge: belowBaseline,
  },
]
