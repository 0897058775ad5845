/**
 * Free loopback ports. A port is chosen now and bound by another process a moment later, so it is taken from below
 * the range that the kernel hands to outgoing connections (32768 on Linux, 49152 on macOS): no connection of a busy
 * machine can take it in between.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const LOWEST = 20_000
const HIGHEST = 32_767
/** Far more than a machine has listeners there; reaching it means that binding itself fails. */
const MAX_TRIES = 200

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/** `count` different ports on 127.0.0.1 on which nobody listens. */
export const freePorts = async (count: number): Promise<number[]> => {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries === MAX_TRIES) throw new Error(`cannot find ${count} free ports on 127.0.0.1: ${tries} tries failed`)
    const port = randomInt(LOWEST, HIGHEST + 1)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}
