/**
 * The figures of docs/output.md, measured on the corpora of test/corpus: what is masked of what should be, and of what
 * should not; what of the text that is meant for models is flagged. What stands around them is written by hand.
 *
 *   node scripts/docs-scan.ts           writes them
 *   node scripts/docs-scan.ts --check   fails when they are not what the corpora say
 */
import { findByDetector } from '../src/guard/output/secrets.ts'
import { measureFalsePositives } from '../test/corpus/false-positives.ts'
import { measureRecall } from '../test/corpus/recall.ts'
import { falsePositivesReport, recallReport, suspicionReport } from '../test/corpus/report.ts'
import { measureFalseAlarms, measureSuspicion } from '../test/corpus/suspicion.ts'
import { type Generated, generate, replacePart } from './lib/generated.ts'

const detectors = (): readonly string[] => findByDetector('').map(([name]) => name)

const render = (now: string): string => {
  const withRecall = replacePart(now, 'recall', recallReport(measureRecall()))
  const withHarmless = replacePart(
    withRecall,
    'false-positives',
    falsePositivesReport(measureFalsePositives(), detectors()),
  )
  return replacePart(withHarmless, 'suspicion', suspicionReport(measureSuspicion(), measureFalseAlarms()))
}

export const documents: readonly Generated[] = [{ path: 'docs/output.md', render }]

if (import.meta.main) process.exitCode = generate(documents, process.argv.includes('--check')) ? 0 : 1
