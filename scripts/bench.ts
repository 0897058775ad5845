/**
 * `npm run bench`: what Bulkhead costs, in time, tokens, round trips, memory and money. Bulkhead runs in workerd with
 * everything on (keys, policy, rails, ledger, scan). What is worth reading are ratios and counts: times are those of this
 * machine. Tables are printed in Markdown, as docs/performance.md has them.
 */
import { parseArgs } from 'node:util'
import { ControlPlaneError } from './control-plane/errors.ts'
import { runCommand, UsageError } from './lib/command.ts'

const USAGE = `Usage: npm run bench [-- demo | latency | cost | scale | trips | diagnosis | profile] [--rounds N]
  (nothing)   times and tokens against a real control plane (built once, which takes ten minutes), beside a pass-through and the
              two most used servers of the npm registry, which are installed outside the checkout
  demo        the same against the demo cluster, without the other servers; two minutes or so
  latency     with 40 and 90 ms to the API server and 10 ms to the ledger: each tool's time and its requests in a row
  cost        what Cloudflare bills for a call of each tool, and which are beyond the free plan
  scale       500, 5,000 and 50,000 pods, nodes, events, a large object and a large log: time, bytes, memory, connections
  trips       requests to the API server, each tool and a change; tokens of the catalogue
  diagnosis   what a diagnosis costs against the number of pods
  profile     where Bulkhead's own time goes, in this process, without any network`

const ROUNDS = 100
const MODES = ['compare', 'demo', 'latency', 'cost', 'scale', 'trips', 'diagnosis', 'profile'] as const
type Mode = (typeof MODES)[number]

const readArguments = (argv: readonly string[]): { mode: Mode; rounds: number } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { rounds: { type: 'string', default: String(ROUNDS) } },
      allowPositionals: true,
    })
    const mode = MODES.find((it) => it === (positionals[0] ?? 'compare'))
    const rounds = Number(values.rounds)
    if (mode === undefined || positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1) throw new RangeError()
    return { mode, rounds }
  } catch {
    throw new UsageError(USAGE)
  }
}

/** Modes import what they need, behind the loader that knows the console's pages. */
const compareOn = async (real: boolean, rounds: number): Promise<void> => {
  const { compare } = await import('./bench/compare.ts')
  const { startDemo, startReal } = await import('./bench/target.ts')
  const { peers } = await import('./bench/peers.ts')
  const start = async () => {
    try {
      return await startReal()
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error
      console.log(`Not run: a real control plane, and the other servers beside it: ${error.message}`)
      return undefined
    }
  }
  const cluster = real ? await start() : undefined
  const target = cluster ?? (await startDemo())
  try {
    await compare(target, rounds, cluster === undefined ? [] : peers)
  } finally {
    await target.stop()
  }
}

const RUN: Readonly<Record<Mode, (rounds: number) => Promise<void>>> = {
  compare: (rounds) => compareOn(true, rounds),
  demo: (rounds) => compareOn(false, rounds),
  latency: async (rounds) => (await import('./bench/latency.ts')).printLatency(rounds),
  cost: async () => (await import('./bench/cost.ts')).printCost(),
  scale: async () => (await import('./bench/scale.ts')).printScale(),
  trips: async () => (await import('./bench/trips.ts')).printTrips(),
  diagnosis: async () => (await import('./bench/diagnosis.ts')).printDiagnosis(),
  profile: async (rounds) => (await import('./bench/profile.ts')).printProfile(rounds),
}

await runCommand(async (argv) => {
  const { mode, rounds } = readArguments(argv)
  await import('./lib/tsx.ts')
  await RUN[mode](rounds)
  return { exit: 0 }
})
