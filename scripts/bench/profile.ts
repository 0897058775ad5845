/**
 * Where Bulkhead's own time goes: the app in this process, on memory ports, before an API server that answers at once from
 * memory, under V8's sampling profiler, which makes everything slower: what it tells are shares. What is left out: TLS, HTTP,
 * Durable Objects, and what workerd's isolate adds.
 */
import { Session } from 'node:inspector/promises'
import { run } from '../../test/unit/app/setup.ts'
import { calls } from './canned.ts'

/** Microseconds between samples. */
const SAMPLING_US = 200
const SHOWN = 12
/** By the clock of the memory ports, which stands still otherwise. */
const PAUSE_MS = 20

/** What a profile's time is booked on: a folder of ours, a package, or the runtime. */
const placeOf = (url: string): string => {
  const ours = /\/src\/((?:[^/]+\/)*)([^/]+)\.ts$/.exec(url)
  if (ours !== null) return `src/${ours[1]}${ours[2]}`
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  return name ?? (url === '' ? 'V8 (garbage, regular expressions, JSON, …)' : 'Node and this script')
}

const profiled = async (work: () => Promise<void>): Promise<ReadonlyMap<string, number>> => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await session.post('Profiler.start')
  await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const times = new Map<string, number>()
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const frame = nodes.get(id)?.callFrame
    if (frame === undefined || frame.functionName === '(idle)') continue
    const place = placeOf(frame.url)
    times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas?.[index] ?? 0) / 1000)
  }
  return times
}

export const printProfile = async (rounds: number): Promise<void> => {
  for (const { name, tool, args, answer } of calls) {
    const { call, ports } = run({
      config: { limits: { callsPerMinute: 1_000_000, bytesPerMinute: 1_000_000_000 } },
      send: (path) => answer(path),
    })
    const once = async () => {
      // Slow enough for the address shield.
      ports.clock.advance(PAUSE_MS)
      const reply = await call(tool, args)
      if (reply.isError || reply.status !== 200) throw new Error(`${tool}: ${reply.text}`)
      await ports.background.settled()
    }
    const repeat = async (times: number) => {
      for (let count = 0; count < times; count += 1) await once()
    }
    // Until the code is compiled.
    await repeat(rounds)
    const began = process.cpuUsage()
    await repeat(rounds)
    const used = process.cpuUsage(began)
    const times = await profiled(() => repeat(rounds))
    const total = [...times.values()].reduce((sum, it) => sum + it, 0)
    console.log(`\n${name}: ${((used.user + used.system) / 1000 / rounds).toFixed(2)} ms of CPU a call`)
    for (const [place, time] of [...times].toSorted((a, b) => b[1] - a[1]).slice(0, SHOWN))
      console.log(`  ${((100 * time) / total).toFixed(1).padStart(5)} %  ${(time / rounds).toFixed(3)} ms  ${place}`)
  }
}
