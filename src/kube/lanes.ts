/**
 * How many requests one call has under way at once. A Worker may hold six connections (Cloudflare's limit); a seventh would
 * wait there unseen, its deadline running, and on Deno a call that asks for twenty lists would hold the pages of all of them.
 * A request that waits here has not begun, and neither has its deadline for the first byte.
 */

export const MAX_CONNECTIONS = 6

interface Lanes {
  free: number
  readonly waiting: (() => void)[]
}

export interface Lane {
  /** Until one of those before has left; absent: it is free already. */
  readonly turn?: Promise<void>
  /** To be called in the end, also by who no longer waits; more than once does nothing more. */
  leave(): void
}

/** A call's signal stands for the call, whichever clusters it asks; forgotten with it. */
const calls = new WeakMap<AbortSignal, Lanes>()

const lanesOf = (call: AbortSignal): Lanes => {
  const lanes = calls.get(call) ?? { free: MAX_CONNECTIONS, waiting: [] }
  calls.set(call, lanes)
  return lanes
}

/** `part` takes its lanes from those of `whole`: a call over several clusters is one call to whoever counts connections. */
export const shareLanes = (whole: AbortSignal, part: AbortSignal): void => void calls.set(part, lanesOf(whole))

export const takeLane = (call: AbortSignal): Lane => {
  const lanes = lanesOf(call)
  const pass = () => {
    const next = lanes.waiting.shift()
    if (next === undefined) lanes.free += 1
    else next()
  }
  let isOver = false
  const once = (leave: () => void) => () => {
    if (!isOver) leave()
    isOver = true
  }
  if (lanes.free > 0) {
    lanes.free -= 1
    return { leave: once(pass) }
  }
  const turn = new Promise<void>((resolve) => lanes.waiting.push(resolve))
  // Who has gone meanwhile passes its turn on when it comes.
  return { turn, leave: once(() => void turn.then(pass)) }
}
