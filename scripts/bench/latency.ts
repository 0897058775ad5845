/**
 * `npm run bench -- latency`: what distance does to each tool. Between Worker and API server stands a relay that takes 40 or
 * 90 ms for a round trip; each Durable Object answers 10 ms later. Beside the times stands what explains them: how many
 * requests a tool makes one after the other.
 */
import { countTrips } from '../../test/support/trips.ts'
import { startDistance } from './distance.ts'
import { callsOfEachTool } from './each-tool.ts'
import { printTable } from './markdown.ts'
import { alternate } from './measure.ts'
import { startMetered } from './metered/ask.ts'
import { DELAY_BINDING } from './metered/bill.ts'
import { startDemo, type Target } from './target.ts'

/** Milliseconds of a round trip to the API server, and to a Durable Object. The first is the machine itself. */
const DISTANCES = [
  { cluster: 0, durable: 0 },
  { cluster: 40, durable: 10 },
  { cluster: 90, durable: 10 },
] as const
/** A diagnosis over 90 ms takes a second: a tenth of the usual rounds tells the median of such times. */
const SHARE_OF_ROUNDS = 0.1

const startAt = async (target: Target, { cluster, durable }: (typeof DISTANCES)[number]) => {
  const way = await startDistance(target.server, cluster)
  const bulkhead = await startMetered(
    { ...target, server: way.server },
    { bindings: { [DELAY_BINDING]: String(durable) } },
  )
  const side = { ...bulkhead.side, name: `${cluster} ms, ledger ${durable} ms` }
  return {
    bulkhead,
    side,
    async stop() {
      await bulkhead.stop()
      await way.stop()
    },
  }
}

export const printLatency = async (allRounds: number): Promise<void> => {
  const rounds = Math.max(3, Math.ceil(allRounds * SHARE_OF_ROUNDS))
  const target = await startDemo()
  const stops = [() => target.stop()]
  try {
    const places: Awaited<ReturnType<typeof startAt>>[] = []
    for (const distance of DISTANCES) {
      const place = await startAt(target, distance)
      stops.push(place.stop)
      places.push(place)
    }
    const sides = places.map(({ side }) => side)
    const [near] = places
    if (near === undefined) throw new RangeError('There is no distance.')
    const trips = await countTrips({ ...target, tokens: { read: target.readToken } })
    const lines: (readonly string[])[] = []
    for (const { tool, call } of await callsOfEachTool(near.side)) {
      process.stderr.write(`${tool} …\n`)
      // The rounds before the first that counts find discovery and the credential.
      const figures = await alternate(sides, call, rounds)
      const { sequential, requests } = trips.find((it) => it.tool === tool) ?? { sequential: 0, requests: 0 }
      lines.push([tool, `${sequential} of ${requests}`, ...figures.map(({ p50 }) => p50.toFixed(0))])
    }
    printTable(
      `p50 in ms, ${rounds} rounds, once discovery and the credential are known; in a row: requests to the API server that come one after the other, of all`,
      ['tool', 'in a row', ...sides.map(({ name }) => name)],
      lines,
    )
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}
