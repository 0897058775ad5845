/** Runs the steps of the gate one after the other, showing progress, and counts what passed and failed. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Tally {
  readonly passed: number
  readonly failed: number
}

export interface Step {
  readonly name: string
  run(): Promise<Tally>
}

export interface Finished {
  readonly code: number
  /** What it printed, both streams, in order. */
  readonly output: string
}

/** Longer than any step takes on two cores; a step that hangs must not hold the gate. */
const STEP_DEADLINE_MS = 40 * 60_000

/** `quiet`: shows the output only when the command fails, unless that is expected. */
export const execute = (
  command: string,
  args: readonly string[],
  options: {
    readonly quiet?: boolean
    readonly expectFailure?: boolean
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } })
    const chunks: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), STEP_DEADLINE_MS)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (options.quiet !== true) process.stdout.write(chunk)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      const output = Buffer.concat(chunks).toString('utf8')
      if (options.quiet === true && options.expectFailure !== true && code !== 0) process.stdout.write(output)
      resolve({ code: code ?? 1, output })
    })
  })

/** A command that either succeeds or does not: one check. */
export const command = (name: string, program: string, ...args: string[]): Step => ({
  name,
  async run() {
    const { code } = await execute(program, args, { quiet: true })
    return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  },
})

/** What of vitest's JSON report counts. */
export interface VitestCounts {
  readonly numPassedTests: number
  readonly numFailedTests: number
  /** Skipped, and whatever did not run beside a focused one. */
  readonly numPendingTests: number
  readonly numTodoTests: number
}

/** A test that did not run proved nothing: it counts as failed. */
export const tallyOf = (counts: VitestCounts, code: number): Tally => {
  const failed = counts.numFailedTests + counts.numPendingTests + counts.numTodoTests
  // Errors outside of any test (an unhandled rejection, a file that does not load) fail the run without a failed test.
  return { passed: counts.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

/** One vitest configuration; the counts are vitest's own. */
export const vitest = (name: string, config: string): Step => ({
  name,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-vitest-'))
    const report = join(folder, 'report.json')
    try {
      const args = ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
      const { code } = await execute('vitest', args)
      return tallyOf(JSON.parse(readFileSync(report, 'utf8')) as VitestCounts, code)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

/** The suites that `deno test` runs; the counts are Deno's own. */
export const denoTest = (name: string, folder: string): Step => ({
  name,
  async run() {
    const { code, output } = await execute('deno', ['test', '--quiet', '--no-check', '--unstable-kv', '-A', folder], {
      env: { NO_COLOR: '1' },
    })
    const [, passed, failed] = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(output) ?? []
    return {
      passed: Number(passed ?? 0),
      failed: code === 0 && passed !== undefined ? 0 : Math.max(1, Number(failed ?? 1)),
    }
  },
})

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Every step runs, whatever failed before it. Exits non-zero when anything failed. */
export const runSteps = async (steps: readonly Step[]): Promise<void> => {
  let passed = 0
  let failed = 0
  const failures: string[] = []
  for (const [index, step] of steps.entries()) {
    const started = performance.now()
    process.stdout.write(`\n[${index + 1}/${steps.length}] ${step.name} …\n`)
    const tally = await step.run().catch((error: unknown) => {
      process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      return { passed: 0, failed: 1 }
    })
    passed += tally.passed
    failed += tally.failed
    if (tally.failed > 0) failures.push(step.name)
    process.stdout.write(
      `[${index + 1}/${steps.length}] ${step.name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds(started)}\n`,
    )
  }
  const file = process.env.BULKHEAD_TALLY
  if (file !== undefined) appendFileSync(file, `${passed} ${failed}\n`)
  if (failures.length > 0) process.stdout.write(`\nFailed: ${failures.join(', ')}\n`)
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}
