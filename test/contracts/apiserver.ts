/**
 * The manners of a Kubernetes API server on which Bulkhead relies, as plain functions: they run on the demo cluster
 * and on a real kube-apiserver, and what the real one does is right.
 */
import { accessContracts } from './apiserver/access.ts'
import { applyContracts } from './apiserver/apply.ts'
import { createContracts } from './apiserver/create.ts'
import { deleteContracts } from './apiserver/delete.ts'
import { discoveryContracts } from './apiserver/discovery.ts'
import { listContracts } from './apiserver/lists.ts'
import { logContracts } from './apiserver/logs.ts'
import { podStateContracts } from './apiserver/pod-states.ts'
import { tableContracts } from './apiserver/tables.ts'
import type { Contract } from './apiserver/target.ts'
import { updateContracts } from './apiserver/update.ts'

export type { ApiAnswer, ApiRequest, ApiServerTarget, Contract } from './apiserver/target.ts'

export const apiServerContract: readonly Contract[] = [
  ...discoveryContracts,
  ...accessContracts,
  ...listContracts,
  ...tableContracts,
  ...podStateContracts,
  ...logContracts,
  ...createContracts,
  ...updateContracts,
  ...deleteContracts,
  ...applyContracts,
]
