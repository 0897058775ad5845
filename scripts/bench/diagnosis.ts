/** `npm run bench -- diagnosis`: what a diagnosis costs against the number of pods. */
import { costOfDiagnosis } from '../../test/support/diagnosis-cost.ts'

const CASES = [
  { pods: 500, namespace: 'load' },
  { pods: 5_000, namespace: 'load' },
  { pods: 5_000, namespace: undefined },
] as const

export const printDiagnosis = async (): Promise<void> => {
  console.log(
    '\nA diagnosis, of which one pod crashes: requests, in a row, ms on this machine, MB of heap above the start',
  )
  for (const { pods, namespace } of CASES) {
    const { requests, sequential, ms, heap, report } = await costOfDiagnosis(pods, namespace)
    const where = namespace === undefined ? `a cluster of ${pods} pods` : `a namespace of ${pods} pods`
    console.log(
      `  ${where.padEnd(28)}${String(requests).padStart(4)}  ${sequential} in a row ${ms.toFixed(0).padStart(7)} ms ${heap.toFixed(0).padStart(5)} MB   ${report.rootCauses.length} root causes`,
    )
  }
}
