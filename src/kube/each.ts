/** A Worker may hold six connections at once; one is left for everybody else. */
const WIDTH = 5

/** `work` on every item, a few at a time, in their order. Rejects with the first failure; what runs then goes on. */
export const each = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: WIDTH }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
