/** Every family of checks. Their order is that of equal findings. */
import type { Family } from '../family.ts'
import { admission } from './admission.ts'
import { batch } from './batch.ts'
import { certificates } from './certificates.ts'
import { clusterWide } from './cluster.ts'
import { custom } from './custom.ts'
import { gitops } from './gitops.ts'
import { namespaces } from './namespaces.ts'
import { network } from './network.ts'
import { nodes } from './nodes.ts'
import { permissions } from './permissions.ts'
import { podConfig } from './pod-config.ts'
import { podCrashes } from './pod-crashes.ts'
import { podImages } from './pod-images.ts'
import { podLifecycle } from './pod-lifecycle.ts'
import { podProbes } from './pod-probes.ts'
import { podScheduling } from './pod-scheduling.ts'
import { policies } from './policies.ts'
import { reachability } from './reachability.ts'
import { scaling } from './scaling.ts'
import { storage } from './storage.ts'
import { workloads } from './workloads.ts'

export const FAMILIES: readonly Family[] = [
  namespaces,
  nodes,
  podConfig,
  podImages,
  podScheduling,
  podCrashes,
  podProbes,
  podLifecycle,
  permissions,
  storage,
  admission,
  workloads,
  batch,
  scaling,
  reachability,
  network,
  certificates,
  policies,
  clusterWide,
  gitops,
  custom,
]
