/**
 * Requests, and how many of them come one after the other: the second is what a user waits for, times the distance. Counted in
 * rounds, as if all answers took the same time: what is under way at once is answered at once, however fast the server is with
 * each, so that the count is the same on every machine.
 */
export interface Trip {
  readonly requests: number
  readonly sequential: number
}

export interface Chain {
  /** `work` is one request, until it begins to answer. */
  around<T>(work: () => Promise<T>): Promise<T>
  /** Both counts since the last time. */
  take(): Trip
}

interface Round {
  pending: number
  readonly over: PromiseWithResolvers<void>
}

export const createChain = (): Chain => {
  let requests = 0
  let sequential = 0
  let round: Round | undefined
  return {
    async around(work) {
      requests += 1
      if (round === undefined) sequential += 1
      round ??= { pending: 0, over: Promise.withResolvers() }
      const mine = round
      mine.pending += 1
      try {
        return await work()
      } finally {
        mine.pending -= 1
        if (mine.pending === 0) {
          round = undefined
          mine.over.resolve()
        }
        await mine.over.promise
      }
    },
    take() {
      const counts = { requests, sequential }
      requests = 0
      sequential = 0
      return counts
    },
  }
}
