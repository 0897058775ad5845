/**
 * CPU of a whole workerd process, from the kernel's own account: the Worker, its Durable Objects and what Miniflare puts
 * beside them (its imitation of the rate limit, its socket). So it is more than Cloudflare would bill. Linux only.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel counts in, on every Linux that one meets (USER_HZ). */
const MS_A_TICK = 10

/** The processes that this one has started and that still run. */
export const childrenOfThis = (): ReadonlySet<number> => {
  const found = new Set<number>()
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const children = readFileSync(`/proc/self/task/${thread}/children`, 'utf8')
      for (const id of children.split(' ').filter((it) => it !== '')) found.add(Number(id))
    }
  } catch {
    // No such account on this system: nothing is measured.
  }
  return found
}

/** Starts something, and tells the one process of this name that it started. */
export const withProcess = async <T>(
  name: string,
  start: () => Promise<T>,
): Promise<readonly [T, number | undefined]> => {
  const before = childrenOfThis()
  const started = await start()
  const added = [...childrenOfThis()].filter((id) => !before.has(id))
  return [started, added.find((id) => readFileSync(`/proc/${id}/comm`, 'utf8').trim() === name)]
}

/** Milliseconds of CPU that the process has used so far, to 10 ms; undefined where nobody counts. */
export const cpuOf = (process: number | undefined): number | undefined => {
  if (process === undefined) return undefined
  // The second field is the program's name in brackets, which may hold anything: what counts stands behind it.
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK
}

/** Resident memory now, in MB; undefined where nobody counts. */
export const residentOf = (process: number | undefined): number | undefined => {
  if (process === undefined) return undefined
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1]
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1_000_000
}
