/** The tests of `npm test`: units and properties on Node, contracts in workerd, the wire on both platforms. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Properties with thousands of cases, on two busy cores.
          testTimeout: 60_000,
        },
      },
      'test/workerd/vitest.config.ts',
      {
        test: {
          name: 'wire',
          include: ['test/wire/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
