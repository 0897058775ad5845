/** The catalogue, in the order of `tools/list`. One file, one tool; this is the only list of them. */
import type { Tool } from '../tool.ts'
import { accessCheck } from './access-check.ts'
import { accessWhoami } from './access-whoami.ts'
import { apiResourcesList } from './api-resources-list.ts'
import { clustersList } from './clusters-list.ts'
import { eventsList } from './events-list.ts'
import { helmGet } from './helm-get.ts'
import { helmList } from './helm-list.ts'
import { namespacesList } from './namespaces-list.ts'
import { nodesTop } from './nodes-top.ts'
import { podsGet } from './pods-get.ts'
import { podsList } from './pods-list.ts'
import { podsLog } from './pods-log.ts'
import { podsTop } from './pods-top.ts'
import { resourcesDescribe } from './resources-describe.ts'
import { resourcesExplain } from './resources-explain.ts'
import { resourcesGet } from './resources-get.ts'
import { resourcesList } from './resources-list.ts'
import { rolloutHistory } from './rollout-history.ts'
import { rolloutStatus } from './rollout-status.ts'

export const tools: readonly Tool[] = [
  clustersList,
  namespacesList,
  apiResourcesList,
  resourcesList,
  resourcesGet,
  resourcesDescribe,
  resourcesExplain,
  podsList,
  podsGet,
  podsLog,
  eventsList,
  podsTop,
  nodesTop,
  rolloutStatus,
  rolloutHistory,
  helmList,
  helmGet,
  accessCheck,
  accessWhoami,
]
