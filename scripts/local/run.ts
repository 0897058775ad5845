/** The frame of every local run, whichever runtime serves it: arguments, port, announcement, and a clean end. */
import { announcement, jsonLine } from './announce.ts'
import { parseLocalArguments, UsageError } from './arguments.ts'
import { probePort } from './free-port.ts'
import { prepare, type Setup } from './setup.ts'

const USUAL_PORT = 8790
/** Our parent (npm) may be killed without telling us; orphaned servers are what nobody wants to find. */
const PARENT_CHECK_MS = 1_000

export interface Runtime {
  readonly origin: string
  stop(): Promise<void>
  /** Rejects when the runtime dies by itself. */
  readonly failed?: Promise<never>
}

export type StartRuntime = (setup: Setup, port: number, state: string | undefined) => Promise<Runtime>

const say = (line: string) => process.stderr.write(`${line}\n`)

const choosePort = async (asked: number | undefined): Promise<number> => {
  const free = await probePort(asked ?? USUAL_PORT)
  if (free !== undefined) return free
  const any = asked === undefined ? await probePort(0) : undefined
  if (any === undefined)
    throw new UsageError(`Port ${asked} on 127.0.0.1 is taken: name another with --port N, or 0 for any free one.`)
  say(`Port ${USUAL_PORT} is taken: using ${any} instead.`)
  return any
}

export const runLocally = async (start: StartRuntime): Promise<void> => {
  const parent = process.ppid
  let stopping: Promise<void> | undefined
  const undo: (() => Promise<void>)[] = []
  const stop = (code: number): Promise<void> => {
    stopping ??= (async () => {
      for (const step of undo.reverse()) await step().catch((error: unknown) => say(`Stopping: ${String(error)}`))
      process.exit(code)
    })()
    return stopping
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  setInterval(() => process.ppid !== parent && void stop(0), PARENT_CHECK_MS).unref()
  try {
    const options = parseLocalArguments(process.argv.slice(2))
    const port = await choosePort(options.port)
    const setup = await prepare(options.mode, port)
    undo.push(() => setup.stop())
    for (const warning of setup.warnings) say(`Warning: ${warning}`)
    say(`Starting Bulkhead for ${setup.title} …`)
    const runtime = await start(setup, port, options.state)
    undo.push(() => runtime.stop())
    const url = `${runtime.origin}/mcp`
    if (options.json) process.stdout.write(`${jsonLine(url, setup)}\n`)
    else process.stdout.write(announcement(url, setup))
    await runtime.failed
  } catch (error) {
    say(
      error instanceof UsageError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error),
    )
    await stop(1)
  }
}
