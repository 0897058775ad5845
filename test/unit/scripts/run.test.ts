/** The first step of every npm script: whoever ends it, or what started it, ends what it runs. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'

/** A checkout of its own, which says that it is installed: this one must not be installed under the tests. */
const root = mkdtempSync(join(tmpdir(), 'bulkhead-run-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
for (const folder of ['scripts', 'node_modules']) mkdirSync(join(root, folder))
copyFileSync(new URL('../../../scripts/run.mjs', import.meta.url), join(root, 'scripts', 'run.mjs'))
const LOCK = '{}'
writeFileSync(join(root, 'package-lock.json'), LOCK)
writeFileSync(join(root, 'node_modules', '.bulkhead-installed'), createHash('sha256').update(LOCK).digest('hex'))
writeFileSync(join(root, 'server.mjs'), 'console.log(process.pid)\nsetInterval(() => undefined, 1_000)\n')

/** The orphan is looked for every second. */
const DEADLINE_MS = 20_000

const RUN = `"${process.execPath}" scripts/run.mjs server.mjs`

it.each([
  // npm runs a script by a shell, and a signal for npm alone ends npm and that shell.
  ['the shell that npm started it by is killed', `${RUN}; true`, 'SIGKILL'],
  ['it is told to end', `exec ${RUN}`, 'SIGTERM'],
] as const)('ends what it runs when %s', { timeout: 2 * DEADLINE_MS }, async (_, command, signal) => {
  const shell = spawn('sh', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const server = await new Promise<number>((resolve) =>
    shell.stdout.once('data', (pid: Buffer) => resolve(Number(pid))),
  )
  // The pipe is open for as long as one of the processes lives.
  const closed = new Promise((resolve) => shell.stdout.once('close', () => resolve('closed')))
  const deadline = new AbortController()
  const late = setTimeout(DEADLINE_MS, 'late', { signal: deadline.signal }).catch(() => 'aborted')
  shell.kill(signal)
  const ended = await Promise.race([closed, late])
  deadline.abort()
  if (ended === 'late') process.kill(server, 'SIGKILL')
  expect(ended).toBe('closed')
})
