/**
 * Log lines for a model: runs of lines that differ only in times and ids are said once, with their number, and what does
 * not fit is the oldest. Order is kept: a fold never moves a line past another. Status codes and seconds are not ids:
 * what tells a failure from a success stays apart.
 */
import { bytesOf } from '../../kube/text.ts'

/** A part of an answer that is shown whole or not at all. `lines`: of the log, that it stands for. */
export interface Entry {
  readonly text: string
  readonly lines: number
}

/** Probes and workers take turns, seldom more than this many. */
const MAX_PERIOD = 4
/** Two turns of a longer period read as easily as a fold of them. */
const MIN_TURNS = 3

const STAMP =
  /\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z| ?[+-]\d{2}:?\d{2})?|\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?|\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?/
/** What may differ: times, durations under a second, UUIDs, long hex and long numbers, numbers in a path or behind `id`. */
const VARIABLE = new RegExp(
  [
    STAMP.source,
    '\\b[IWEF]\\d{4}\\b',
    '\\b\\d{1,3}(?:\\.\\d{1,6})?(?:ns|µs|us|ms)\\b',
    '\\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\\b',
    '\\b(?=[a-fA-F]{0,31}\\d)[0-9a-fA-F]{8,64}\\b',
    '\\b\\d{6,20}\\b',
    '(?<=[/#])\\d{1,5}\\b',
    '(?<=\\b[A-Za-z_]{0,20}[iI][dD]["\']?[=: ]{1,2}["\']?)\\d{1,5}\\b',
  ].join('|'),
  'g',
)

const shapeOf = (line: string): string => line.replace(VARIABLE, '#')

const turnsAt = (shapes: readonly string[], from: number, period: number): number => {
  let at = from + period
  while (at < shapes.length && shapes[at] === shapes[at - period]) at += 1
  return Math.floor((at - from) / period)
}

const sinceOf = (line: string): string => {
  const stamp = STAMP.exec(line)?.[0]
  return stamp === undefined ? '' : ` since ${stamp}`
}

/** Runs become their newest turn and a count, in brackets behind it. */
export const foldLines = (lines: readonly string[]): readonly Entry[] => {
  const shapes = lines.map(shapeOf)
  const entries: Entry[] = []
  for (let at = 0; at < lines.length; ) {
    let best = { period: 1, turns: 1 }
    for (let period = 1; period <= MAX_PERIOD; period += 1) {
      const turns = turnsAt(shapes, at, period)
      if (turns >= (period === 1 ? 2 : MIN_TURNS) && turns * period > best.turns * best.period) best = { period, turns }
    }
    const { period, turns } = best
    const end = at + period * turns
    const newest = lines.slice(end - period, end)
    const first = lines[at] ?? ''
    if (turns === 1) entries.push({ text: first, lines: 1 })
    else if (period === 1) entries.push({ text: `${newest[0] ?? ''} (×${turns}${sinceOf(first)})`, lines: turns })
    else
      entries.push({
        text: `${newest.join('\n')}\n(these ${period} lines ×${turns}${sinceOf(first)})`,
        lines: turns * period,
      })
    at = end
  }
  return entries
}

export const plainLines = (lines: readonly string[]): readonly Entry[] => lines.map((text) => ({ text, lines: 1 }))

/** The newest entries that fit; of one that alone does not, its end. */
export const newestOf = (
  entries: readonly Entry[],
  room: number,
): { readonly text: string; readonly lines: number; readonly cut: boolean } => {
  let bytes = 0
  let from = entries.length
  while (from > 0) {
    bytes += bytesOf(entries[from - 1]?.text ?? '') + 1
    if (bytes > room) break
    from -= 1
  }
  const last = entries.at(-1)
  if (from === entries.length && last !== undefined)
    return { text: `…${last.text.slice(-room)}`, lines: last.lines, cut: true }
  const shown = entries.slice(from)
  return {
    text: shown.map(({ text }) => text).join('\n'),
    lines: shown.reduce((sum, { lines }) => sum + lines, 0),
    cut: from > 0,
  }
}
