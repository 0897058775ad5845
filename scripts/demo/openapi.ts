import type { Cluster } from './cluster.ts'
import type { Reply } from './wire.ts'

export const openApi = (_cluster: Cluster, _path: string): Reply | undefined => undefined
