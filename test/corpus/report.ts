/** The figures of docs/output.md as Markdown: recall, false positives, suspicious text. Pure, and the same in every run. */
import { type FalsePositives, PERSONAL } from './false-positives.ts'
import { MASKED_THOUGH_HARMLESS, MISSED } from './known.ts'
import { type Naming, type Outcome, UNSEEN } from './recall.ts'
import type { StyleFigure } from './suspicion.ts'

const percent = (part: number, whole: number): string => {
  if (whole === 0) return '–'
  const value = (100 * part) / whole
  // 99.97 must not look like all of them.
  return part === whole ? '100 %' : `${(Math.floor(value * 10) / 10).toFixed(1)} %`
}

const rate = (outcomes: readonly Outcome[], naming: Naming): string => {
  const list = outcomes.filter((it) => it.naming === naming)
  const sum = (field: 'caught' | 'tried') => list.reduce((total, it) => total + it[field], 0)
  return percent(sum('caught'), sum('tried'))
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const count = (value: number): string => value.toLocaleString('en-US')

/** A row for each group, then one for all that the detectors were made for. */
const byGroup = (outcomes: readonly Outcome[]): string => {
  const row = (name: string, list: readonly Outcome[]) => [
    name,
    String(new Set(list.map((it) => it.format)).size),
    rate(list, 'named'),
    rate(list, 'nameless'),
  ]
  const names = [...new Set(outcomes.map((it) => it.group))].filter((it) => it !== UNSEEN)
  const known = outcomes.filter((it) => it.group !== UNSEEN)
  return table(
    ['formats of', 'formats', 'under their documented name', 'by themselves'],
    [
      ...names.map((name) =>
        row(
          name,
          outcomes.filter((it) => it.group === name),
        ),
      ),
      row('**all of these**', known),
      row(
        `*${UNSEEN.toLowerCase()}*`,
        outcomes.filter((it) => it.group === UNSEEN),
      ),
    ],
  )
}

const bySurrounding = (outcomes: readonly Outcome[]): string => {
  const known = outcomes.filter((it) => it.group !== UNSEEN)
  const names = [...new Set(known.map((it) => it.surrounding))]
  return table(
    ['surrounding', 'under their documented name', 'by themselves'],
    names.map((name) => {
      const list = known.filter((it) => it.surrounding === name)
      return [name, rate(list, 'named'), rate(list, 'nameless')]
    }),
  )
}

const named = (formats: readonly string[]): string => formats.join(', ')

export const recallReport = (outcomes: readonly Outcome[]): string => {
  const missed = (group: (it: Outcome) => boolean, naming: Naming) => [
    ...new Set(
      outcomes.filter((it) => group(it) && it.naming === naming && it.caught < it.tried).map((it) => it.format),
    ),
  ]
  const tried = outcomes.reduce((total, it) => total + it.tried, 0)
  return [
    `${count(tried)} samples. A sample is caught when no half of any of its secrets is left.`,
    byGroup(outcomes),
    bySurrounding(outcomes),
    'Missed, of those that the detectors were made for:',
    Object.entries(MISSED)
      .map(([format, why]) => `- ${format}, by itself: ${why}.`)
      .join('\n'),
    `Missed, of those not looked at, under their name: ${named(missed((it) => it.group === UNSEEN, 'named'))}. By themselves: ${named(missed((it) => it.group === UNSEEN, 'nameless'))}.`,
  ].join('\n\n')
}

export const falsePositivesReport = ({ lines, findings }: FalsePositives, detectors: readonly string[]): string => {
  const per1000 = (detector: string, isLog: boolean) => {
    const found = findings.filter((it) => it.detector === detector && it.isLog === isLog).length
    return ((1000 * found) / (isLog ? lines.log : lines.manifest)).toFixed(2)
  }
  return [
    `${count(lines.log)} lines of logs and ${count(lines.manifest)} of manifests that hold neither a secret nor anything personal. Values masked, per 1,000 lines:`,
    table(
      ['detector', 'logs', 'manifests'],
      [...detectors, PERSONAL].map((detector) => [detector, per1000(detector, true), per1000(detector, false)]),
    ),
    'Those are:',
    Object.entries(MASKED_THOUGH_HARMLESS)
      .map(([template, why]) => `- \`${template}…\`: ${why}.`)
      .join('\n'),
  ].join('\n\n')
}

export const suspicionReport = (
  figures: readonly StyleFigure[],
  alarms: { readonly texts: number; readonly flagged: readonly string[] },
): string =>
  [
    table(
      ['style', 'texts', 'flagged'],
      figures.map(({ style, held, tried, missed }) => [
        held ? `*${style}*` : style,
        String(tried),
        String(tried - missed.length),
      ]),
    ),
    `Of the ${count(alarms.texts)} harmless texts above ${alarms.flagged.length === 0 ? 'none is' : `${alarms.flagged.length} are`} flagged.`,
  ].join('\n\n')
