/** `npm run test:cluster`: the suite on a real Kubernetes control plane, built from the Go module proxy when needed. */
import { runSteps, vitest } from './lib/steps.ts'

await runSteps([vitest('Real control plane', 'test/cluster/vitest.config.ts')])
