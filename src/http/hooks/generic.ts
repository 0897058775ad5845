/** Any JSON, by the paths that the configuration gives. `group` is required; the rest as far as it is there. */
import { BulkheadError } from '../../errors.ts'
import { type Formed, MAX_TEXT, type ReadForm, stateOf } from './form.ts'
import { labelsAt, textAt } from './paths.ts'

export const readGeneric =
  (paths: Readonly<Record<string, string>> = {}): ReadForm =>
  (body): Formed => {
    const at = (name: string): string => textAt(body, paths[name] ?? '')
    const group = at('group')
    if (group === '' || group.length > MAX_TEXT)
      throw new BulkheadError(
        'malformed_request',
        'There is no text where paths.group of this hook points to: it tells one trouble from another.',
      )
    const status = stateOf(at('status'))
    const id = at('id')
    const startsAt = at('startsAt')
    const title = at('title') || group
    return {
      delivery: {
        identity: id === '' ? [group, status, startsAt] : [id],
        group,
        status,
        title,
        event: '',
        alerts: [
          {
            name: title,
            status,
            severity: at('severity'),
            startsAt,
            summary: at('summary'),
            labels: labelsAt(body, paths),
          },
        ],
        leftOut: 0,
      },
    }
  }
