/** How the gate counts: nothing that did not run may look as if it had passed. */
import { expect, test } from 'vitest'
import { tallyOf } from '../../../scripts/lib/steps.ts'

const NONE = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }

test.each([
  ['all passed', {}, 0, { passed: 3, failed: 0 }],
  ['one failed', { numFailedTests: 1 }, 1, { passed: 3, failed: 1 }],
  ['one skipped', { numPendingTests: 1 }, 0, { passed: 3, failed: 1 }],
  ['one still to be written', { numTodoTests: 1 }, 0, { passed: 3, failed: 1 }],
  ['an error outside of any test', {}, 1, { passed: 3, failed: 1 }],
])('%s', (_, counts, code, expected) => {
  expect(tallyOf({ ...NONE, ...counts }, code)).toEqual(expected)
})
