/** Is there a Go that can build the control plane? Asked before anything is downloaded or built. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ControlPlaneError } from './errors.ts'

const run = promisify(execFile)

/** Instant, unless Go fetches the toolchain that the module asks for. */
const ANSWER_DEADLINE_MS = 5 * 60_000

export interface Go {
  /** Such as `go1.26.8`. */
  readonly version: string
  /** Such as `linux/amd64`. */
  readonly platform: string
}

const older = (present: string, needed: string) => {
  const [a = [], b = []] = [present, needed].map((text) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number))
  for (const [index, part] of b.entries()) {
    const difference = (a[index] ?? 0) - part
    if (difference !== 0) return difference < 0
  }
  return false
}

/**
 * The Go that would build the module in `directory`, whose go.mod says what it needs. Throws `go_missing` or
 * `go_too_old`, each with what to do.
 */
export const preflight = async (directory: string, goMod: string): Promise<Go> => {
  const needed = /^go (\S+)$/m.exec(goMod)?.[1] ?? ''
  const install = `install Go ${needed} or newer from https://go.dev/dl/`
  // In the module's directory, where Go takes the toolchain that the module asks for if it may fetch one.
  const answer = await run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: directory,
    timeout: ANSWER_DEADLINE_MS,
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') {
      const sentence = `cannot build the control plane: there is no "go" on the PATH: ${install}`
      throw new ControlPlaneError('go_missing', sentence, { cause })
    }
    throw new ControlPlaneError('build_failed', `cannot ask "go env" for its version: ${cause.message}`, { cause })
  })
  const [version = '', os, arch] = answer.stdout.trim().split('\n')
  if (older(version, needed)) {
    throw new ControlPlaneError('go_too_old', `cannot build the control plane with "${version}": ${install}`)
  }
  return { version, platform: `${os}/${arch}` }
}
