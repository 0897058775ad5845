/** The tests that need a real Kubernetes control plane (`npm run test:cluster`). */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/global-setup.ts'],
    // Controllers and the scheduler act in their own time; each wait within a test has a shorter deadline of its own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
