/** The tables of docs/telemetry.md, made from what the source counts and logs. What stands around them is written by hand. */
import { EVENTS } from '../src/events.ts'
import { GAUGES, HISTOGRAMS } from '../src/http/metrics.ts'
import { COUNTERS } from '../src/meter.ts'
import { type Generated, replacePart } from './lib/generated.ts'

const coded = (words: readonly string[]): string => words.map((it) => `\`${it}\``).join(', ')

const metricsTable = (): string =>
  [
    '| metric | kind | labels | |',
    '|---|---|---|---|',
    ...Object.entries(COUNTERS).map(
      ([name, { help, labels }]) => `| \`${name}\` | counter | ${coded(labels)} | ${help} |`,
    ),
    ...Object.entries(HISTOGRAMS).map(([name, help]) => `| \`${name}\` | histogram | \`tool\` | ${help} |`),
    ...Object.entries(GAUGES).map(
      ([name, help]) =>
        `| \`${name}\` | gauge | \`${name.startsWith('bulkhead_ledger') ? 'ledger' : 'cluster'}\` | ${help} |`,
    ),
  ].join('\n')

const eventsTable = (): string =>
  [
    '| `event` | when | facts |',
    '|---|---|---|',
    ...Object.entries(EVENTS).map(([name, { when, facts }]) => `| \`${name}\` | ${when} | ${coded(facts)} |`),
  ].join('\n')

export const documents: readonly Generated[] = [
  {
    path: 'docs/telemetry.md',
    render: (now) => replacePart(replacePart(now, 'metrics', metricsTable()), 'events', eventsTable()),
  },
]
