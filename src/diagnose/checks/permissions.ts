/** Programs that the API server denies what they ask for: their own log says so, in the API server's words. */

import { oneLine, shorten } from '../../kube/text.ts'
import type { Check, Draft } from '../check.ts'
import { wholePods } from '../containers.ts'
import type { Family } from '../family.ts'
import { nameOf, subjectNamed } from '../subject.ts'
import { proposal, remedy } from '../words.ts'

/** `User "system:serviceaccount:shop:agent" cannot list resource "pods" in API group "" in the namespace "shop"`. */
const DENIED =
  /User "system:serviceaccount:([a-z0-9.-]{1,63}):([a-z0-9.-]{1,253})" cannot (\w{1,20}) (?:resource "([\w./-]{1,120})"|path)( in API group "([\w.-]{0,253})")?/
const MAX_LINE = 300

const forbidden: Check = {
  id: 'workload-forbidden',
  explainedBy: [],
  run(snapshot) {
    const found = new Map<string, Draft>()
    for (const { pod, containers } of wholePods(snapshot))
      for (const container of containers) {
        const line = (snapshot.log(pod.subject, container.name) ?? '').split('\n').findLast((it) => DENIED.test(it))
        const [, namespace = '', name = '', verb = '', resource = '', , group = ''] = DENIED.exec(line ?? '') ?? []
        if (line === undefined) continue
        const subject = subjectNamed('serviceaccounts', name, namespace)
        const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}`
        found.set(nameOf(subject), {
          severity: 'critical',
          subject,
          summary: `${nameOf(subject)} may not ${what}, which its program needs.`,
          evidence: [{ source: 'log', text: shorten(oneLine(line), MAX_LINE) }],
          confidence: 'high',
          remedies: [
            remedy('Bind a Role to the ServiceAccount that allows just this.'),
            proposal(snapshot.scope, 'See what roles there are.', 'resources_list', {
              kind: 'RoleBinding',
              namespace: pod.subject.namespace ?? namespace,
            }),
          ],
          affects: snapshot.alike(pod).map((it) => it.subject),
        })
      }
    return [...found.values()]
  },
}

export const permissions: Family = { checks: [forbidden] }
