/** Child processes and their directory do not outlive the process that started them, however it ends. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openProcessGroup, tail } from '../../../scripts/control-plane/process-group.ts'
import { waitFor } from '../../../scripts/control-plane/wait.ts'

const MODULE = new URL('../../../scripts/control-plane/process-group.ts', import.meta.url).href
/** Longer than any test; a process that sleeps so long has been left behind. */
const FOREVER = '600'
const deadlineMs = 10_000

let parent: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'process-group-test-'))
})

afterEach(() => rm(parent, { recursive: true, force: true }))

/** An orphan that has ended may stay listed until the first process of a container collects it: that is not alive. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    if (!existsSync('/proc/self/stat')) return true
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** A shell that starts a grandchild, says both process ids and waits. */
const FAMILY = `sleep ${FOREVER} & echo $$ $!; wait`

const familyOf = (log: string) =>
  waitFor(
    () => {
      const pids = tail(log).split(' ').map(Number)
      return pids.length === 2 && pids
    },
    { what: 'the process ids', deadlineMs },
  )

it('ends every process and removes the directory when stopped', async () => {
  const group = await openProcessGroup(join(parent, 'group-'))
  const { log, ended } = group.start('family', '/bin/sh', ['-c', FAMILY])
  const pids = await familyOf(log)
  expect(pids.map(isAlive)).toEqual([true, true])
  await group.stop()
  await group.stop()
  expect(await ended).toBeNull()
  await waitFor(() => !pids.some(isAlive), { what: 'the family to end', deadlineMs })
  expect(existsSync(group.directory)).toBe(false)
})

it('tells how a process ended, and what it said last', async () => {
  const group = await openProcessGroup(join(parent, 'group-'))
  try {
    const failing = group.start('failing', '/bin/sh', ['-c', 'seq 100; exit 3'])
    expect(await failing.ended).toBe(3)
    expect(tail(failing.log).split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 81)))
    await expect(group.start('absent', join(parent, 'no-such-program'), []).ended).rejects.toThrow(/ENOENT/)
  } finally {
    await group.stop()
  }
})

const ends: readonly [string, (owner: ChildProcessWithoutNullStreams) => unknown][] = [
  ['returns', (owner) => owner.stdin.write('return')],
  ['throws', (owner) => owner.stdin.write('throw')],
  ['is interrupted', (owner) => owner.kill('SIGINT')],
  ['is terminated', (owner) => owner.kill('SIGTERM')],
  ['is killed', (owner) => owner.kill('SIGKILL')],
]

it.each(ends)('leaves nothing when the owner %s', async (_, end) => {
  const program = `
    import { openProcessGroup } from '${MODULE}'
    const group = await openProcessGroup('${join(parent, 'group-')}')
    const { log } = group.start('family', '/bin/sh', ['-c', '${FAMILY}'])
    console.log(JSON.stringify({ log, directory: group.directory }))
    process.stdin.once('data', (word) => {
      if (String(word) === 'throw') throw new Error('as asked')
      process.exit(0)
    })
  `
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program])
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const { log, directory } = JSON.parse(line.toString('utf8')) as { log: string; directory: string }
  const pids = await familyOf(log)
  const ended = once(owner, 'exit')
  end(owner)
  await ended
  await waitFor(() => !pids.some(isAlive) && !existsSync(directory), { what: 'everything to be gone', deadlineMs })
})
