/**
 * `npm run test:cluster`: the suite on a real Kubernetes control plane, built from the Go module proxy when needed, and the
 * product killed without notice two hundred times. Both take minutes that `npm test` should not.
 */
import { runSteps, vitest } from './lib/steps.ts'

await runSteps([
  vitest('Real control plane', 'test/cluster/vitest.config.ts'),
  vitest('Killed without notice', 'test/kill/vitest.config.ts'),
])
