/** What can go wrong around the real control plane, each with a code that a caller may branch on. */

export type ControlPlaneErrorCode =
  | 'go_missing'
  | 'go_too_old'
  | 'build_failed'
  | 'component_ended'
  | 'deadline_exceeded'
  | 'request_failed'

export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError'
  readonly code: ControlPlaneErrorCode

  constructor(code: ControlPlaneErrorCode, sentence: string, options?: ErrorOptions) {
    super(`${code}: ${sentence}`, options)
    this.code = code
  }
}
