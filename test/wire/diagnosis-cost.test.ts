/** A diagnosis of 500 pods: as many requests and trips as docs/diagnosis.md says. */
import { expect, test } from 'vitest'
import { costOfDiagnosis } from '../support/diagnosis-cost.ts'

test('a namespace of 500 pods of which one crashes: 12 requests, 4 of them in a row, and the crash is the root', async () => {
  const { requests, sequential, report } = await costOfDiagnosis(500, 'load')
  expect(requests).toBeLessThanOrEqual(12)
  expect(sequential).toBeLessThanOrEqual(4)
  const root = report.findings.find((it) => it.id === report.rootCauses[0])
  expect(root).toMatchObject({ check: 'pod-crash-loop', subject: { kind: 'Pod', namespace: 'load' } })
  expect(report.examined.Pod).toBe(500)
})
