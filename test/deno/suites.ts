/** Runs a contract suite as Deno's tests. */
import type { Check } from '../contracts/assert.ts'

export const contract = <Make>(port: string, checks: readonly Check<Make>[], make: Make): void => {
  for (const { name, run } of checks) Deno.test(`${port}: ${name}`, () => run(make))
}

/** A folder of this test's own, removed after it. */
export const withFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await Deno.makeTempDir({ prefix: 'bulkhead-test-' })
  try {
    await work(folder)
  } finally {
    await Deno.remove(folder, { recursive: true })
  }
}
