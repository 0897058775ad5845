/** The product in workerd with its storage on disk, killed without notice again and again (part of `npm run test:cluster`). */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'kill',
    include: ['test/kill/**/*.test.ts'],
    // Two hundred starts of a runtime on two busy cores, and half a minute for the last writes to be looked up.
    testTimeout: 30 * 60_000,
    hookTimeout: 120_000,
  },
})
