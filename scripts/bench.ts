/**
 * `npm run bench`: what the guardrails cost. Bulkhead in workerd with everything on (keys, policy, rails, ledger, scan)
 * beside a bare pass-through Worker, call by call in one run, against the same API server. What is worth reading are the
 * ratios: the times are those of this machine.
 */
import { parseArgs } from 'node:util'
import { configSchema } from '../src/config.ts'
import { gatewayFor } from '../test/support/gateway.ts'
import { alternate, type Call, type Side, send, throughput } from './bench/measure.ts'
import { startPassThrough } from './bench/pass-through.ts'
import { startPeer } from './bench/peer.ts'
import { PODS, startDemo, startReal, type Target } from './bench/target.ts'
import { runCommand, UsageError } from './lib/command.ts'
import { freePort } from './local/free-port.ts'
import { startWorkerd } from './local/workerd.ts'

const USAGE = `Usage: npm run bench [-- cluster | trips | diagnosis | profile] [--rounds N] [--peer]
  (nothing)   times and sizes, against the demo cluster
  cluster     the same, against a real control plane (built once, which takes ten minutes)
  --peer      with cluster: beside the most used server of the npm registry, which is installed outside the checkout
  trips       requests to the API server, each tool and a change; tokens of the catalogue
  diagnosis   what a diagnosis costs against the number of pods
  profile     where Bulkhead's own time goes, in this process, without any network`

const ROUNDS = 200
const PARALLEL = { parallel: 16, calls: 320, turns: 5 }
const MODES = ['demo', 'cluster', 'trips', 'diagnosis', 'profile'] as const
type Mode = (typeof MODES)[number]

const readArguments = (argv: readonly string[]): { mode: Mode; rounds: number; peer: boolean } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { rounds: { type: 'string', default: String(ROUNDS) }, peer: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const mode = MODES.find((it) => it === (positionals[0] ?? 'demo'))
    const rounds = Number(values.rounds)
    if (mode === undefined || positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1) throw new RangeError()
    if (values.peer && mode !== 'cluster') throw new RangeError()
    return { mode, rounds, peer: values.peer }
  } catch {
    throw new UsageError(USAGE)
  }
}

const ms = (value: number) => value.toFixed(2).padStart(8)
const ratio = (ours: number, theirs: number) => `${(ours / theirs).toFixed(2)}×`
const row = (cells: readonly string[]) => console.log(`  ${cells[0]?.padEnd(24)}${cells.slice(1).join(' ')}`)

const tool = (name: string, args: Readonly<Record<string, unknown>>): Call => ({
  method: 'tools/call',
  params: { name, arguments: args },
})

/** The first name in a table, which stands behind the line of its columns. */
const nameIn = (result: unknown): string => {
  const text = JSON.stringify(result)
  const name = /((?:load|catalog|writer)[-a-z0-9]*)\\t/.exec(text)?.[1]
  if (name === undefined) throw new Error(`No pod is in ${text.slice(0, 500)}`)
  return name
}

const compare = async (target: Target, rounds: number, withPeer: boolean): Promise<void> => {
  const gateway = gatewayFor(
    {
      name: 'bench',
      server: target.server,
      certificateAuthority: target.certificateAuthority,
      readToken: target.readToken,
    },
    { limits: { callsPerMinute: 1_000_000, bytesPerMinute: 1_000_000_000 } },
  )
  const port = await freePort()
  const config = configSchema.parse({ ...gateway.config, publicUrl: `http://127.0.0.1:${port}` })
  const worker = await startWorkerd({
    entry: new URL('../src/worker.ts', import.meta.url).pathname,
    config,
    secrets: gateway.secrets,
    port,
  })
  const stops = [() => worker.stop()]
  try {
    const bulkhead: Side = { name: 'Bulkhead', url: `${worker.origin}/mcp`, key: gateway.agentKey }
    const list: Call = { method: 'tools/list', params: {} }
    const catalogue = await send(bulkhead, list)
    const cluster = config.clusters.bench
    if (cluster === undefined) throw new RangeError('The configuration lost its cluster.')
    const bare = await startPassThrough(cluster, gateway.secrets, target.readToken, JSON.stringify(catalogue.result))
    stops.push(() => bare.stop())
    const sides: Side[] = [bulkhead, { name: 'pass-through', url: `${bare.origin}/mcp`, key: '' }]
    if (withPeer) {
      const peer = await startPeer(target)
      stops.push(() => peer.stop())
      sides.push(peer.side)
    }

    const { namespace, labelSelector, container } = target.logs
    const load = nameIn((await send(bulkhead, tool('pods_list', { namespace: 'load', limit: 1 }))).result)
    const writer = nameIn((await send(bulkhead, tool('pods_list', { namespace, labelSelector, limit: 1 }))).result)
    const object = tool('resources_get', { kind: 'Pod', namespace: 'load', name: load })
    const cases: readonly (readonly [string, Call, number])[] = [
      ['one object', object, rounds],
      ['list of 20', tool('pods_list', target.few), rounds],
      [`list of ${PODS}`, tool('pods_list', { namespace: 'load', limit: PODS }), Math.ceil(rounds / 4)],
      ['log tail of 100', tool('pods_log', { namespace, name: writer, container, tail: 100 }), rounds],
      ['tools/list', list, rounds],
    ]
    console.log(
      `\nAgainst ${target.title}; ${rounds} rounds; ms on this machine, bytes of the answer, and Bulkhead ÷ this`,
    )
    for (const [name, call, times] of cases) {
      console.log(`\n${name}`)
      const [ours, ...others] = await alternate(sides, call, times)
      if (ours === undefined) throw new RangeError('A side is missing.')
      for (const [index, its] of [ours, ...others].entries())
        row([
          sides[index]?.name ?? '',
          `p50${ms(its.p50)}  p90${ms(its.p90)}${String(its.bytes).padStart(8)} bytes`,
          index === 0
            ? ''
            : `  ${ratio(ours.p50, its.p50)} ${ratio(ours.p90, its.p90)} ${ratio(ours.bytes, its.bytes)}`,
        ])
    }
    console.log(`\none object, ${PARALLEL.parallel} at once`)
    const rates = await throughput(sides, object, PARALLEL)
    for (const [index, rate] of rates.entries())
      row([
        sides[index]?.name ?? '',
        `${rate.toFixed(0)} calls a second`,
        index === 0 ? '' : `  ${ratio(rates[0] ?? Number.NaN, rate)}`,
      ])
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

/** Only Node's own loader must know the console's pages by then. */
const inProcess = async () => {
  await import('./lib/tsx.ts')
  const [{ printTrips }, { printDiagnosis }, { printProfile }] = await Promise.all([
    import('./bench/trips.ts'),
    import('./bench/diagnosis.ts'),
    import('./bench/profile.ts'),
  ])
  return { printTrips, printDiagnosis, printProfile }
}

const withTarget = async (start: () => Promise<Target>, rounds: number, peer: boolean): Promise<void> => {
  const target = await start()
  try {
    await compare(target, rounds, peer)
  } finally {
    await target.stop()
  }
}

await runCommand(async (argv) => {
  const { mode, rounds, peer } = readArguments(argv)
  const { printTrips, printDiagnosis, printProfile } = await inProcess()
  if (mode === 'profile') await printProfile(rounds)
  else if (mode === 'trips') await printTrips()
  else if (mode === 'diagnosis') await printDiagnosis()
  else {
    await withTarget(mode === 'cluster' ? startReal : startDemo, rounds, peer)
    await printTrips()
  }
  return { exit: 0 }
})
