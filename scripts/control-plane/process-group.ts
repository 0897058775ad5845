/**
 * Child processes and a private directory that cannot outlive this process. A keeper (keeper.sh) holds the other end
 * of a pipe: whether this process returns, throws, is interrupted or is killed, the pipe closes and the keeper ends
 * what is left and removes the directory. So nothing here listens for signals.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ControlPlaneError } from './errors.ts'

const KEEPER = fileURLToPath(new URL('keeper.sh', import.meta.url))
/** What an error quotes from the log of a process that ended. */
const TAIL_BYTES = 16_384
const TAIL_LINES = 20
/** SIGKILL takes no time; a process stuck in the kernel does, and is reported. */
const STOP_DEADLINE_MS = 10_000

export interface Spawned {
  /** Where standard output and standard error go. */
  readonly log: string
  /** Exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>
}

export interface ProcessGroup {
  /** Absolute, mode 0700, removed at the end. */
  readonly directory: string
  start(name: string, file: string, args: readonly string[], options?: SpawnOptions): Spawned
  /** Kills every process that is left (nothing they hold is kept), and removes the directory. May be called twice. */
  stop(): Promise<void>
}

export interface SpawnOptions {
  readonly cwd?: string
  readonly environment?: NodeJS.ProcessEnv
}

/** The last lines of a file, for an error message; empty where there is no file. */
export const tail = (path: string): string => {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const size = fstatSync(file).size
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(file, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
  } finally {
    closeSync(file)
  }
}

const within = async (promise: Promise<unknown>, what: string) => {
  const timer = Promise.withResolvers<never>()
  const handle = setTimeout(
    () => timer.reject(new ControlPlaneError('deadline_exceeded', `waited ${STOP_DEADLINE_MS / 1000} s for ${what}`)),
    STOP_DEADLINE_MS,
  )
  try {
    await Promise.race([promise, timer.promise])
  } finally {
    clearTimeout(handle)
  }
}

/** Makes the directory (`prefix` and six random characters) and starts the keeper. */
export const openProcessGroup = async (prefix: string): Promise<ProcessGroup> => {
  await mkdir(dirname(prefix), { recursive: true })
  const directory = await mkdtemp(prefix)
  const keeper = spawn('/bin/sh', [KEEPER, directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  const keeperEnded = once(keeper, 'exit')
  await once(keeper, 'spawn')
  keeper.unref()
  keeper.stdin.on('error', () => {}) // the keeper is gone: there is nobody left to tell
  const running = new Map<number, Promise<number | null>>()
  let stopping: Promise<void> | undefined

  const start = (name: string, file: string, args: readonly string[], options: SpawnOptions = {}): Spawned => {
    const log = join(directory, `${name}.log`)
    const output = openSync(log, 'a', 0o600)
    // A session of its own, so that Ctrl-C ends this process first and the rest in order.
    const child = spawn(file, [...args], {
      stdio: ['ignore', output, output],
      detached: true,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...(options.environment ? { env: options.environment } : {}),
    })
    closeSync(output)
    const { pid } = child
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('exit', (code) => resolve(code))
      child.once('error', reject)
    })
    if (pid !== undefined) {
      keeper.stdin.write(`start ${pid}\n`)
      running.set(pid, ended)
      child.once('exit', () => {
        running.delete(pid)
        keeper.stdin.write(`end ${pid}\n`)
      })
    }
    return { log, ended }
  }

  const end = async () => {
    const left = [...running]
    for (const [pid] of left) {
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // It ended by itself in this moment.
      }
    }
    await within(Promise.all(left.map(([, ended]) => ended)), `processes ${left.map(([pid]) => pid).join(', ')} to end`)
    keeper.ref()
    keeper.stdin.end()
    await within(keeperEnded, `directory ${directory} to be removed`)
  }

  return {
    directory,
    start,
    stop() {
      stopping ??= end()
      return stopping
    },
  }
}
