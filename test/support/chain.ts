/** Requests, and how many of them came one after the other: the second is what a user waits for, times the distance. */
export interface Trip {
  readonly requests: number
  /** The longest chain of requests of which each began after the one before had begun to answer. */
  readonly sequential: number
}

export interface Chain {
  /** `work` is one request, until it begins to answer. */
  around<T>(work: () => Promise<T>): Promise<T>
  /** Both counts since the last time that they were taken. */
  sofar(): Trip
  /** The same, and begins anew. */
  take(): Trip
}

export const createChain = (): Chain => {
  let requests = 0
  let longest = 0
  /** The longest chain among those that have been answered. */
  let answered = 0
  const sofar = () => ({ requests, sequential: longest })
  return {
    sofar,
    async around(work) {
      const chain = answered + 1
      requests += 1
      longest = Math.max(longest, chain)
      try {
        return await work()
      } finally {
        answered = Math.max(answered, chain)
      }
    },
    take() {
      const counts = sofar()
      requests = 0
      longest = 0
      answered = 0
      return counts
    },
  }
}
