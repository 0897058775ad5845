/**
 * Bodies, counted as they arrive: what a server says of its own length is not believed, and what is counted are the
 * decoded bytes, so that a compressed bomb ends at the cap like anything else that is too long.
 */
import type { BulkheadError } from '../errors.ts'
import type { Lease } from './lease.ts'

/** Large enough that most answers never grow it. */
const FIRST_BUFFER_BYTES = 16_384

/**
 * All of a body, at most `maxBytes`; one byte more throws `tooLarge()` and drops the connection. Chunks are copied into
 * one growing buffer, since a list of chunks of one byte each would cost a hundred times what it holds.
 */
export const readBody = async (
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
  tooLarge: () => BulkheadError,
): Promise<Uint8Array> => {
  const reader = response.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  const drop = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', drop, { once: true })
  try {
    let buffer = new Uint8Array(Math.min(FIRST_BUFFER_BYTES, maxBytes))
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return buffer.subarray(0, size)
      if (size + value.byteLength > maxBytes) throw tooLarge()
      if (size + value.byteLength > buffer.byteLength) {
        const grown = new Uint8Array(Math.min(maxBytes, Math.max(2 * buffer.byteLength, size + value.byteLength)))
        grown.set(buffer.subarray(0, size))
        buffer = grown
      }
      buffer.set(value, size)
      size += value.byteLength
    }
  } catch (error) {
    drop()
    throw error
  } finally {
    signal.removeEventListener('abort', drop)
  }
}

export interface StreamLimits {
  readonly maxBytes: number
  /** Thrown into the stream by the byte after `maxBytes`. */
  readonly tooLong: () => BulkheadError
}

export interface StreamGuard extends StreamLimits {
  readonly lease: Lease
  /** Milliseconds left for the next chunk; 0 or less when the stream's time is over. */
  readonly left: () => number
  readonly late: () => BulkheadError
  /** What a failing read becomes. */
  readonly broken: (error: unknown) => unknown
}

/** The body as a stream under the same bounds. It ends its lease when it ends, fails or is cancelled. */
export const guardStream = (
  body: ReadableStream<Uint8Array>,
  { maxBytes, tooLong, lease, left, late, broken }: StreamGuard,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  let size = 0
  const close = () => {
    lease.abort()
    lease.end()
    void reader.cancel().catch(() => undefined)
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await lease.phase(reader.read(), left(), late)
        if (done) {
          close()
          return controller.close()
        }
        size += value.byteLength
        if (size > maxBytes) throw tooLong()
        controller.enqueue(value)
      } catch (error) {
        const reason = broken(error)
        close()
        controller.error(reason)
      }
    },
    cancel: close,
  })
}
