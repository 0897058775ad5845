/** Checks that belong together, and what they want to see: a value, one file, one line in checks/index.ts. */
import type { Check } from './check.ts'
import type { Snapshot } from './snapshot.ts'
import type { Want } from './want.ts'

export interface Family {
  readonly checks: readonly Check[]
  /** Asked again after each trip; what was asked before is not asked again. Absent: the sweep is enough. */
  wants?(snapshot: Snapshot): readonly Want[]
}
