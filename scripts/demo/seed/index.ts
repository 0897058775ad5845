/** Fills a new demo cluster: the platform, the shop with its six faults, payments, and load when asked. */
import type { Cluster } from '../cluster.ts'
import { Builder } from './build.ts'
import { seedCustom } from './custom.ts'
import { seedFoundation } from './foundation.ts'
import { seedLoad } from './load.ts'
import { seedPayments } from './payments.ts'
import { seedPlatform } from './platform.ts'
import { registerPrograms } from './programs.ts'
import { seedShop } from './shop.ts'

export interface SeedOptions {
  /** Pods in namespace `load`, at most 20,000. */
  readonly extraPods?: number
}

export const seedCluster = (cluster: Cluster, { extraPods = 0 }: SeedOptions = {}): void => {
  registerPrograms()
  const builder = new Builder(cluster, cluster.now())
  seedFoundation(builder)
  seedCustom(builder)
  seedPlatform(builder)
  seedPayments(builder)
  seedShop(builder)
  seedLoad(builder, extraPods)
}
