/** Our own command lines as a person starts them: a process of its own, its two streams apart. */
import { spawn } from 'node:child_process'

const root = new URL('../../', import.meta.url).pathname

export interface Spawned {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Resolves with what stdout holds once it has a whole line; rejects when the process ends before. */
  readonly line: Promise<string>
  readonly exit: Promise<number | null>
  /** SIGTERM lets it end the runtime that it started; after a SIGKILL that would hold the pipes, and `exit`, open. */
  kill(signal: 'SIGTERM'): void
}

export const runScript = (
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Spawned => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `${root}scripts/${script}`, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    },
  )
  let [stdout, stderr] = ['', '']
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8')
      if (stdout.includes('\n')) resolve(stdout)
    })
    void exit.then((code) => reject(new Error(`${script} ended with ${code}: ${stderr}`)))
  })
  line.catch(() => undefined)
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    line,
    exit,
    kill: (signal) => void child.kill(signal),
  }
}
