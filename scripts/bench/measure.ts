/** Calls over one HTTP connection a sender, timed on this side; and the figures made of the times. */

export interface Side {
  readonly name: string
  /** `http://127.0.0.1:PORT/mcp` */
  readonly url: string
  /** Empty: none is sent. */
  readonly key: string
  /** How this side says what Bulkhead's call asks; absent: in the same words. */
  readonly translate?: (call: Call) => Call
  /** It cannot answer two calls at once. */
  readonly oneAtATime?: boolean
}

export interface Call {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface Answered {
  readonly ms: number
  /** The message, its envelope included. */
  readonly text: string
  readonly bytes: number
  readonly result: unknown
}

export interface Figures {
  readonly p50: number
  readonly p90: number
  /** Of one answer, its envelope included. */
  readonly text: string
  readonly bytes: number
}

interface Reply {
  readonly result?: { readonly isError?: boolean }
  readonly error?: unknown
}

/** Throws when the answer is an error: a fast refusal must not count as a fast answer. */
export const send = async ({ name, url, key, translate = (it) => it }: Side, call: Call): Promise<Answered> => {
  const asked = JSON.stringify({ jsonrpc: '2.0', id: 1, ...translate(call) })
  const began = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    },
    body: asked,
  })
  const body = await response.text()
  const ms = performance.now() - began
  // A stream of events with one event in it.
  const text = /^data: (.*)$/m.exec(body)?.[1] ?? body
  const reply = JSON.parse(text) as Reply
  if (reply.result === undefined || reply.result.isError === true)
    throw new Error(`${name} answered ${asked} with ${text.slice(0, 500)}`)
  return { ms, text, bytes: Buffer.byteLength(text), result: reply.result }
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const figures = (answers: readonly Answered[]): Figures => {
  const times = answers.map((it) => it.ms).toSorted((a, b) => a - b)
  const { text = '', bytes = 0 } = answers[0] ?? {}
  return { p50: percentile(times, 0.5), p90: percentile(times, 0.9), text, bytes }
}

/** V8 compiles what is hot over some hundreds of calls, and a server that is in use has had them. */
export const WARM_UP_CALLS = 400
/** For a side that takes long over each call. */
const WARM_UP_MS = 4_000

const warmUp = async (side: Side, call: Call): Promise<void> => {
  const until = performance.now() + WARM_UP_MS
  for (let count = 0; count < WARM_UP_CALLS && performance.now() < until; count += 1) await send(side, call)
}

/** One call of each side in turn, who is first changing too: what the machine does meanwhile hits all alike. */
export const alternate = async (sides: readonly Side[], call: Call, rounds: number): Promise<readonly Figures[]> => {
  const answers: Answered[][] = sides.map(() => [])
  const order = sides.map((side, index) => ({ side, into: answers[index] ?? [] }))
  for (const side of sides) await warmUp(side, call)
  for (let round = 0; round < rounds; round += 1)
    for (const { side, into } of round % 2 === 0 ? order : order.toReversed()) into.push(await send(side, call))
  return answers.map(figures)
}

/** Calls a second with `parallel` senders, each side in turns of `calls`; the median of its turns. */
export const throughput = async (
  sides: readonly Side[],
  call: Call,
  { parallel, calls, turns }: { readonly parallel: number; readonly calls: number; readonly turns: number },
): Promise<readonly number[]> => {
  const rates: number[][] = sides.map(() => [])
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, side] of sides.entries()) {
      let left = calls
      const sender = async () => {
        while (left-- > 0) await send(side, call)
      }
      const began = performance.now()
      await Promise.all(Array.from({ length: parallel }, sender))
      rates[index]?.push((1000 * calls) / (performance.now() - began))
    }
  }
  return rates.map((it) =>
    percentile(
      it.toSorted((a, b) => a - b),
      0.5,
    ),
  )
}
