/**
 * What documents say of configuration and rails, made from the code: docs/bulkhead.schema.json (completion in editors) and
 * the generated parts of docs/configuration.md and docs/policy.md.
 *
 *   node scripts/config-schema.ts           writes them
 *   node scripts/config-schema.ts --check   fails when one is stale
 */
import { configJsonSchema } from '../src/config-yaml/shape.ts'
import { RAILS } from '../src/guard/rails.ts'
import { WRITE_RAILS } from '../src/guard/write-rails.ts'
import { configReference } from './lib/config-reference.ts'
import { type Generated, generate, replacePart } from './lib/generated.ts'

type RailFace = Readonly<Record<'name' | 'summary' | 'why', string>>

const railsTable = (rails: readonly RailFace[]): string =>
  `| rail | keeps out | because |\n|---|---|---|\n${rails.map(({ name, summary, why }) => `| \`${name}\` | ${summary} | ${why} |`).join('\n')}`

export const documents: readonly Generated[] = [
  {
    path: 'docs/bulkhead.schema.json',
    render: () => `${JSON.stringify({ title: 'bulkhead.yaml', ...configJsonSchema() }, null, 2)}\n`,
  },
  {
    path: 'docs/configuration.md',
    render: (now) => replacePart(now, 'keys', configReference(configJsonSchema())),
  },
  {
    path: 'docs/policy.md',
    render: (now) => replacePart(replacePart(now, 'rails', railsTable(RAILS)), 'write-rails', railsTable(WRITE_RAILS)),
  },
]

if (import.meta.main) process.exitCode = generate(documents, process.argv.includes('--check')) ? 0 : 1
