/** Runs the steps of the gate one after the other, showing progress, and counts what passed and failed. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface Tally {
  readonly passed: number
  readonly failed: number
  /** What failed, a line each: told again at the end, since a long run is often read from its end alone. */
  readonly failures?: readonly string[]
}

/** More names than this say that everything is broken, and no more. */
const MAX_FAILURES_TOLD = 50

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
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  /** Skipped, and whatever did not run beside a focused one. */
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    /** The file. */
    readonly name: string
    /** Why the file itself failed, where it did. */
    readonly message: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/** Of a message its first line, of a name all of it, on one. */
const oneLine = (text: string): string => stripVTControlCharacters(text).trim().replaceAll(/\s+/g, ' ')
const firstLine = (text: string): string => oneLine(text.trim().split('\n', 1)[0] ?? '')

const failuresOf = ({ testResults }: VitestReport): string[] =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const tests = assertionResults
      .filter((it) => it.status !== 'passed')
      .map((it) =>
        `${file}: ${oneLine(it.fullName)} (${it.status}): ${firstLine(it.failureMessages?.[0] ?? '')}`.trimEnd(),
      )
    return tests.length === 0 && status === 'failed' ? [`${file}: ${firstLine(message)}`] : tests
  })

/** A test that did not run proved nothing: it counts as failed. */
export const tallyOf = (report: VitestReport, code: number): Tally => {
  const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests
  return {
    passed: report.numPassedTests,
    // Errors outside of any test (an unhandled rejection, a file that does not load) fail the run without a failed test.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    failures: failuresOf(report),
  }
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
      return tallyOf(JSON.parse(readFileSync(report, 'utf8')) as VitestReport, code)
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
    const tally: Tally = await step.run().catch((error: unknown) => {
      process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      return { passed: 0, failed: 1 }
    })
    passed += tally.passed
    failed += tally.failed
    if (tally.failed > 0)
      failures.push(step.name, ...(tally.failures ?? []).slice(0, MAX_FAILURES_TOLD).map((it) => `  ${it}`))
    process.stdout.write(
      `[${index + 1}/${steps.length}] ${step.name}: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${seconds(started)}\n`,
    )
  }
  const file = process.env.BULKHEAD_TALLY
  const told = failures.map((it) => `${it}\n`).join('')
  // Numbers first; what failed is indented or begins with a letter.
  if (file !== undefined) appendFileSync(file, `${passed} ${failed}\n${told}`)
  if (failures.length > 0) process.stdout.write(`\nFailed:\n${told}`)
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}
