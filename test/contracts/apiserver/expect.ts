/** What refusals look like, without their sentences: the parts that clients may rely on. */
import { type Answer, type JsonObject, list, text } from './target.ts'

/** The parts of a refusal that clients may rely on. */
export const refusal = (answer: Answer): JsonObject => {
  const { message: _message, ...status } = answer.body
  return { ...status, httpStatus: answer.status }
}

/** What a Status with this code, reason and details looks like, without its sentence. */
export const status = (code: number, reason: string, details?: JsonObject): JsonObject => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  ...(reason === '' ? {} : { reason }),
  ...(details === undefined ? {} : { details }),
  code,
  httpStatus: code,
})

export const conflict = (name: string, kind: string): JsonObject => status(409, 'Conflict', { name, kind })
export const missing = (name: string, kind = 'configmaps'): JsonObject => status(404, 'NotFound', { name, kind })

/** `FieldValueInvalid spec.replicas`, one for each cause of an invalid object. */
export const causesOf = (answer: Answer): string[] =>
  list(answer.body, 'details', 'causes').map((cause) => `${String(cause.reason)} ${String(cause.field)}`)

/** The resource version of an object. */
export const version = (object: JsonObject): string => text(object, 'metadata', 'resourceVersion')
