/** The tests of `npm run test:browser`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    // A cold Chromium and axe over a dozen pages, on two busy cores: a minute where nobody else works.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
