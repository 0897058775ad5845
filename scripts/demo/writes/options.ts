/** The query parameters of a write, checked as the real server checks them: an unknown value is 422, never ignored. */
import { isTrue } from '../paths.ts'
import { type Cause, invalid } from '../status.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
  readonly fieldManager: string
  readonly force: boolean
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn']
/** As the real server has it. */
const LONGEST_MANAGER = 128

const unsupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((item) => `"${item}"`).join(', ')}`,
  field,
})

export const refuseOptions = (kind: OptionsKind, causes: readonly Cause[]): void => {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io' }, kind, '', causes)
}

/** Who writes when the caller gives no field manager: its user agent up to the version. */
const agentName = (userAgent: string | undefined): string => (userAgent ?? '').split('/')[0] || 'unknown'

export const dryRunCauses = (values: readonly string[]): Cause[] =>
  values.every((value) => value === 'All') ? [] : [unsupported('dryRun', values, ['All'])]

/** @param applying whether this is a server-side apply, which needs a manager and may force */
export const writeOptions = (
  kind: OptionsKind,
  query: URLSearchParams,
  userAgent: string | undefined,
  applying: boolean,
): WriteOptions => {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '')
  const validation = query.get('fieldValidation') ?? ''
  const manager = query.get('fieldManager') ?? ''
  const force = isTrue(query, 'force')
  const causes = [
    ...dryRunCauses(dryRun),
    ...(VALIDATIONS.includes(validation) ? [] : [unsupported('fieldValidation', validation, VALIDATIONS)]),
    ...(manager.length > LONGEST_MANAGER
      ? [
          {
            reason: 'FieldValueTooLong',
            message: `Too long: may not be more than ${LONGEST_MANAGER} bytes`,
            field: 'fieldManager',
          },
        ]
      : []),
    ...(applying && manager === ''
      ? [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: is required for apply patch',
            field: 'fieldManager',
          },
        ]
      : []),
    ...(!applying && query.get('force') !== null && kind === 'PatchOptions'
      ? [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: may not be specified for non-apply patch',
            field: 'force',
          },
        ]
      : []),
  ]
  refuseOptions(kind, causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    fieldManager: manager === '' ? agentName(userAgent) : manager,
    force,
  }
}
