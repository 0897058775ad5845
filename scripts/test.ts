/**
 * `npm test` and `npm run check`: format, lint, types on every platform, tests, the conformance suite, generated files
 * unchanged, the bundle's size. The cheap checks come first.
 */
import { conformance } from './conformance.ts'
import { command, denoTest, runSteps, vitest } from './lib/steps.ts'

const script = (name: string, file: string, ...args: string[]) =>
  command(name, 'node', '--disable-warning=ExperimentalWarning', `scripts/${file}`, ...args)

await runSteps([
  command('Format and lint', 'biome', 'check', '--error-on-warnings', '.'),
  command('Types: neutral code', 'tsc', '-p', 'tsconfig.json'),
  command('Types: Workers', 'tsc', '-p', 'tsconfig.workers.json'),
  command('Types: scripts and tests', 'tsc', '-p', 'tsconfig.node.json'),
  command('Types: Deno', 'deno', 'check', '--quiet', 'src/deno.ts'),
  script('Generated documents are unchanged', 'docs.ts', '--check'),
  script('Size of the Worker', 'size.ts'),
  script('wrangler deploy --dry-run', 'deploy-dry-run.ts'),
  vitest('Units, workerd, wire', 'vitest.config.ts'),
  denoTest('Contracts on Deno', 'test/deno'),
  ...conformance,
])
