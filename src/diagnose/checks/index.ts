/** Every family of checks. Their order is that of equal findings. */
import type { Family } from '../family.ts'
import { podConfig } from './pod-config.ts'
import { podCrashes } from './pod-crashes.ts'
import { podImages } from './pod-images.ts'
import { podLifecycle } from './pod-lifecycle.ts'
import { podProbes } from './pod-probes.ts'
import { podScheduling } from './pod-scheduling.ts'
import { reachability } from './reachability.ts'
import { workloads } from './workloads.ts'

export const FAMILIES: readonly Family[] = [
  podConfig,
  podImages,
  podScheduling,
  podCrashes,
  podProbes,
  podLifecycle,
  workloads,
  reachability,
]
