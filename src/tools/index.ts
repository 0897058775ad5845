/** The catalogue, in the order of `tools/list`. One file, one tool; this is the only list of them. */
import type { Tool } from '../tool.ts'
import { accessCheck } from './access-check.ts'
import { accessWhoami } from './access-whoami.ts'
import { apiResourcesList } from './api-resources-list.ts'
import { clustersList } from './clusters-list.ts'
import { diagnose } from './diagnose.ts'
import { eventsList } from './events-list.ts'
import { helmGet } from './helm-get.ts'
import { helmList } from './helm-list.ts'
import { jobsRun } from './jobs-run.ts'
import { namespacesList } from './namespaces-list.ts'
import { nodesCordon, nodesUncordon } from './nodes-cordon.ts'
import { nodesDrain } from './nodes-drain.ts'
import { nodesTop } from './nodes-top.ts'
import { plansGet, plansList, plansWithdraw } from './plans.ts'
import { podsEvict } from './pods-evict.ts'
import { podsGet } from './pods-get.ts'
import { podsList } from './pods-list.ts'
import { podsLog } from './pods-log.ts'
import { podsTop } from './pods-top.ts'
import { resourcesApply } from './resources-apply.ts'
import { resourcesDelete } from './resources-delete.ts'
import { resourcesDescribe } from './resources-describe.ts'
import { resourcesExplain } from './resources-explain.ts'
import { resourcesGet } from './resources-get.ts'
import { resourcesList } from './resources-list.ts'
import { resourcesPatch } from './resources-patch.ts'
import { resourcesScale } from './resources-scale.ts'
import { rolloutPause, rolloutRestart, rolloutResume } from './rollout-change.ts'
import { rolloutHistory } from './rollout-history.ts'
import { rolloutStatus } from './rollout-status.ts'
import { rolloutUndo } from './rollout-undo.ts'

export { renderPlan } from './render/plan.ts'

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
  diagnose,
  accessCheck,
  accessWhoami,
  plansList,
  plansGet,
  resourcesApply,
  resourcesPatch,
  resourcesDelete,
  resourcesScale,
  rolloutRestart,
  rolloutUndo,
  rolloutPause,
  rolloutResume,
  nodesCordon,
  nodesUncordon,
  nodesDrain,
  podsEvict,
  jobsRun,
  plansWithdraw,
]
