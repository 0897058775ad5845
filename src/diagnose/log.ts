/** The lines of a log that tell why: the last ones that say error, with what stands around them. */
import { oneLine, shorten } from '../kube/text.ts'
import type { Subject } from '../report.ts'
import type { Snapshot } from './snapshot.ts'

/** Lines of evidence. */
const MAX_LINES = 6
const MAX_LINE = 240
/** Words by which programs say that something failed; each alternative is a literal, so the search is linear. */
const TROUBLE =
  /error|fatal|panic|exception|traceback|failed|failure|refused|denied|cannot|can't|could not|unable|no such|not found|timed out|timeout|invalid|out of memory|segfault|killed/i
/** A stack frame: what went wrong stands above it. One way to read each line: a program chooses what it logs. */
const FRAME = /^\s+(?:at |File "|goroutine |\.\.\. \d+ more)|^\s*\S[^\s(]*\(.*\)$|^\t/

/** Undefined: the log is empty. */
export const lastError = (log: string): string | undefined => {
  const lines = log.split('\n').filter((it) => it.trim() !== '')
  if (lines.length === 0) return undefined
  const at = lines.findLastIndex((it) => TROUBLE.test(it) && !FRAME.test(it))
  const from =
    at === -1 ? Math.max(0, lines.length - MAX_LINES) : Math.max(0, Math.min(at - 1, lines.length - MAX_LINES))
  return lines
    .slice(from, from + MAX_LINES)
    .map((it) => shorten(oneLine(it), MAX_LINE))
    .join('\n')
}

/** Of a container whose log was read; undefined: it was not, or is empty. */
export const errorIn = (snapshot: Snapshot, pod: Subject, container: string): string | undefined => {
  const log = snapshot.log(pod, container)
  return log === undefined ? undefined : lastError(log)
}
