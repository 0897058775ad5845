/**
 * The one table of what bulkhead.yaml may say already and this version does nothing with: said at every check, so that
 * nobody relies on it. A line goes when its feature comes. (What would grant more than was asked if it were ignored is
 * not here: the schema refuses it.)
 */
import type { Path } from './finding.ts'

export interface WithoutEffect {
  /** `*` stands for any key or index. */
  readonly path: string
  /** What is missing, as a plural or a name: "… is not in this version". */
  readonly feature: string
}

export const WITHOUT_EFFECT: readonly WithoutEffect[] = [
  { path: 'audit.checkpointEvery', feature: 'signing checkpoints' },
  { path: 'audit.export', feature: 'exporting the ledger' },
]

const walk = (
  value: unknown,
  steps: readonly string[],
  path: Path,
  visit: (path: Path, value: unknown) => void,
): void => {
  const [step, ...rest] = steps
  if (step === undefined) visit(path, value)
  else if (Array.isArray(value)) {
    if (step === '*') for (const [index, item] of value.entries()) walk(item, rest, [...path, index], visit)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      if (step === '*' || step === key) walk(item, rest, [...path, key], visit)
  }
}

/** Visits everything in a configuration, as it was written, that has no effect yet. */
export const withoutEffect = (written: unknown, visit: (path: Path, feature: string) => void): void => {
  for (const { path, feature } of WITHOUT_EFFECT) walk(written, path.split('.'), [], (at) => visit(at, feature))
}
