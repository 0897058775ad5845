/**
 * What one call shows of its caller, collected until the next request to the ledger takes it along: what was named, what was
 * reached, how it ended.
 */
import { type Access, ALL_NAMESPACES, resourceName, type Verdict } from '../access.ts'
import type { RecordedCaller } from '../ports.ts'
import type { Sighting } from '../watch.ts'
import type { Watching } from './watching.ts'

/**
 * What a caller is told where rails or policy say no. A tool or a cluster that policy does not open to it is not shown, so
 * whoever names one is refused as if there were none.
 */
const DENIALS: ReadonlySet<string> = new Set(['policy_denied', 'rail_refused', 'unknown_tool', 'unknown_cluster'])

const placeWords = (namespace: string | undefined, clean: (text: string) => string): string => {
  if (namespace === undefined) return 'of the cluster'
  return namespace === ALL_NAMESPACES ? 'in all namespaces' : `in ${clean(namespace)}`
}

/** `says`: whether the call's own arguments hold this name. What an answer looks at by itself, nobody has named. */
export const sightingsOf = (
  watching: Watching,
  caller: RecordedCaller,
  clean: (text: string) => string,
  says: (name: string) => boolean,
) => {
  const decoys = new Set<string>()
  const reached = new Set<string>()
  let named = false
  const touch = (access: Access): void => {
    named ||= access.name !== undefined
    const decoy = watching.decoy(access)
    if (decoy !== undefined && says(access.name ?? '')) decoys.add(decoy)
  }
  return {
    touch,
    note(access: Access, { decision }: Verdict): void {
      touch(access)
      if (decision !== 'deny')
        reached.add(`${access.verb} ${resourceName(access)} ${placeWords(access.namespace, clean)}`)
    },
    /** What was collected since the last time. `outcome`: the call's, where it has one. */
    take(outcome = 'ok'): Sighting {
      const seen = { decoys: [...decoys], accesses: [...reached] }
      decoys.clear()
      reached.clear()
      return watching.sighting(caller, {
        ...seen,
        denied: DENIALS.has(outcome),
        notFound: outcome === 'not_found' && named,
      })
    },
  }
}
