/** Assertions that need no test runner and no platform: the contract suites run in Node, in workerd and on Deno. */
import { BulkheadError, type ErrorCode } from '../../src/errors.ts'

/** One promise of a port, checked against what `make` gives. */
export interface Check<Make> {
  readonly name: string
  run(make: Make): Promise<void>
}

export const ok: (condition: unknown, what: string) => asserts condition = (condition, what) => {
  if (!condition) throw new Error(what)
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** By content, without regard to the order of keys. */
export const equal = (actual: unknown, expected: unknown, what: string): void => {
  const [is, should] = [JSON.stringify(actual, sorted), JSON.stringify(expected, sorted)]
  if (is !== should) throw new Error(`${what}: ${is}, expected ${should}`)
}

/** What `work` rejects with; fails where it does not reject. */
export const rejection = async (work: () => Promise<unknown>, what: string): Promise<unknown> => {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error(`${what}: nothing was thrown`)
}

export const rejects = async (work: () => Promise<unknown>, code: ErrorCode, what: string): Promise<BulkheadError> => {
  const error = await rejection(work, what)
  ok(error instanceof BulkheadError, `${what}: ${String(error)} is no BulkheadError`)
  equal(error.code, code, what)
  return error
}
