/** What calls used, as Cloudflare counts it. The words between the metered Worker and whoever asks it. */

export interface Bill {
  /** Requests to the cluster. */
  readonly cluster: number
  /** Requests to Durable Objects. */
  readonly durable: number
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly cacheReads: number
  readonly cacheWrites: number
}

export interface Taken {
  readonly bill: Bill
  /** What is still under way: the bill is not whole while it is above zero. */
  readonly pending: number
}

/** A request of this path takes the bill since the last time. */
export const TAKE_PATH = '/bench/take'
/** A binding: milliseconds that every answer of a Durable Object comes later. */
export const DELAY_BINDING = 'BENCH_DURABLE_DELAY_MS'
