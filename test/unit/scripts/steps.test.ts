/** How the gate counts: nothing that did not run may look as if it had passed. */
import { expect, test } from 'vitest'
import { tallyOf } from '../../../scripts/lib/steps.ts'

const NONE = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

test.each([
  ['all passed', {}, 0, { passed: 3, failed: 0 }],
  ['one failed', { numFailedTests: 1 }, 1, { passed: 3, failed: 1 }],
  ['one skipped', { numPendingTests: 1 }, 0, { passed: 3, failed: 1 }],
  ['one still to be written', { numTodoTests: 1 }, 0, { passed: 3, failed: 1 }],
  ['an error outside of any test', {}, 1, { passed: 3, failed: 1 }],
])('%s', (_, counts, code, expected) => {
  expect(tallyOf({ ...NONE, ...counts }, code)).toMatchObject(expected)
})

test('what failed is told by name, on one line each', () => {
  const told = tallyOf(
    {
      ...NONE,
      numFailedTests: 1,
      numPendingTests: 1,
      testResults: [
        {
          name: `${process.cwd()}/test/some.test.ts`,
          message: '',
          status: 'failed',
          assertionResults: [
            { fullName: 'is well', status: 'passed' },
            { fullName: 'is\nwhole', status: 'failed', failureMessages: ['\u001b[31mexpected 1\u001b[39m\nto be 2'] },
            { fullName: 'is later', status: 'skipped', failureMessages: [] },
          ],
        },
        {
          name: `${process.cwd()}/test/other.test.ts`,
          message: 'no such module',
          status: 'failed',
          assertionResults: [],
        },
      ],
    },
    1,
  )
  expect(told.failures).toEqual([
    'test/some.test.ts: is whole (failed): expected 1',
    'test/some.test.ts: is later (skipped):',
    'test/other.test.ts: no such module',
  ])
})
