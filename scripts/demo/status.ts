/**
 * The API server's way of saying no: a `Status` object with a code, a reason from a closed list and details. The
 * sentences follow the shapes that apimachinery's `NewForbidden`, `NewNotFound` and their kin produce, because clients
 * and people recognise them.
 */
import type { JsonObject } from './json.ts'
import type { Resource } from './resources.ts'

/** A DELETE whose precondition does not hold is told about the kind where every other conflict names the resource. */
export const failedPrecondition = (resource: Resource, name: string, why: string): ApiError =>
  conflict({ group: resource.group, name: resource.kind }, name, why)

export interface Cause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

interface Details {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly Cause[]
  readonly retryAfterSeconds?: number
}

export class ApiError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Details | undefined
  /** Becomes `metadata.continue`: an expired list hands out a token to go on with. */
  readonly continueToken: string | undefined

  constructor(code: number, reason: string, message: string, details?: Details, continueToken?: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.reason = reason
    this.details = details
    this.continueToken = continueToken
  }
}

export const statusOf = (error: ApiError): JsonObject => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: error.continueToken === undefined ? {} : { continue: error.continueToken },
  status: 'Failure',
  message: error.message,
  ...(error.reason === '' ? {} : { reason: error.reason }),
  ...(error.details === undefined ? {} : { details: JSON.parse(JSON.stringify(error.details)) as JsonObject }),
  code: error.code,
})

/** `deployments.apps`, or `pods` for the core group. */
export const qualified = (resource: Pick<Resource, 'group' | 'name'>): string =>
  resource.group === '' ? resource.name : `${resource.name}.${resource.group}`

const about = (resource: Pick<Resource, 'group' | 'name'>, name?: string): Details => ({
  ...(name === undefined || name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.name,
})

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)

export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized')

export const notFound = (resource: Pick<Resource, 'group' | 'name'>, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name))

/** What the server says about a path or a type that it does not know. */
export const noSuchPath = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const notAcceptable = (accepted: readonly string[]): ApiError =>
  new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

export const alreadyExists = (resource: Resource, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, about(resource, name))

export const conflict = (resource: Pick<Resource, 'group' | 'name'>, name: string, why: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    about(resource, name),
  )

/** Who else owns which fields; several fields of one owner are told under its name. */
export const applyConflict = (causes: readonly Cause[]): ApiError => {
  const [only] = causes
  if (only !== undefined && causes.length === 1) {
    return new ApiError(409, 'Conflict', `Apply failed with 1 conflict: ${only.message}: ${only.field}`, { causes })
  }
  const told = [...Map.groupBy(causes, (cause) => cause.message)]
    .map(
      ([owner, fields]) =>
        `${owner.replace('conflict', 'conflicts')}:${fields.map((cause) => `\n- ${cause.field}`).join('')}`,
    )
    .join('\n')
  return new ApiError(409, 'Conflict', `Apply failed with ${causes.length} conflicts: ${told}`, { causes })
}

export const expired = (continueToken: string): ApiError =>
  new ApiError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result.',
    undefined,
    continueToken,
  )

export const invalid = (
  resource: Pick<Resource, 'group'>,
  kind: string,
  name: string,
  causes: readonly Cause[],
): ApiError => {
  const told = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const sentence = told.length === 1 ? `${told[0]}` : `[${told.join(', ')}]`
  const group = resource.group === '' ? '' : `.${resource.group}`
  return new ApiError(422, 'Invalid', `${kind}${group} "${name}" is invalid: ${sentence}`, {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  })
}
